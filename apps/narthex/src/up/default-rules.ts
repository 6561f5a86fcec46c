// The alerting rules that `narthex up` begins with: what anybody wants to hear about one machine.
export const defaultRules: string = `groups:
- name: narthex-defaults
  rules:
  - alert: InstanceDown
    expr: up == 0
    for: 1m
    labels: {severity: critical}
    annotations:
      summary: "{{ $labels.instance }} of job {{ $labels.job }} does not answer"
      description: "Every scrape of {{ $labels.instance }} has failed for more than a minute. See the Targets page for the error."

  - alert: HostHighCpuLoad
    expr: 100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[2m]))) > 70
    for: 5m
    labels: {severity: warning}
    annotations:
      summary: "{{ $labels.instance }} is {{ $value | printf \\"%.0f\\" }} % busy"
      description: "All processors together have been busy for more than 70 % of the time for 5 minutes."

  - alert: HostOutOfMemory
    expr: 100 * node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 10
    for: 2m
    labels: {severity: warning}
    annotations:
      summary: "{{ $labels.instance }} has {{ $value | printf \\"%.1f\\" }} % of its memory left"
      description: "Less than a tenth of the memory is available; the kernel may soon kill processes."

  - alert: HostDiskWillFill
    expr: >-
      predict_linear(node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs|iso9660"}[1h], 24 * 3600) < 0
      and node_filesystem_avail_bytes / node_filesystem_size_bytes < 0.4
      and node_filesystem_readonly == 0
      and present_over_time(node_filesystem_avail_bytes[10m] offset 50m)
    for: 10m
    labels: {severity: warning}
    annotations:
      summary: "{{ $labels.mountpoint }} of {{ $labels.instance }} will be full within a day"
      description: "At the rate of the last hour, {{ $labels.device }} runs out of space in less than 24 hours."

  - alert: PushgatewayJobStale
    expr: time() - push_time_seconds > 25 * 3600
    for: 5m
    labels: {severity: warning}
    annotations:
      summary: "Job {{ $labels.job }} last pushed {{ $value | humanizeDuration }} ago"
      description: "A daily batch job should have pushed its metrics by now. Delete its group from the Pushgateway if the job is gone."
`;
