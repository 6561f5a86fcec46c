// Objects as the API has them → target groups. Expected labels are those of Prometheus' documentation.
import { describe, expect, test } from "vitest";
import { parseSd, targetsOf } from "../testing/world.js";
import { type AttachMetadata, kubernetesSd } from "./config.js";
import { KubernetesGroups } from "./groups.js";
import type { ResourceKind } from "./resources.js";
import type { Role } from "./role.js";
import { endpointSliceRole } from "./roles/endpoint-slice.js";
import { endpointsRole } from "./roles/endpoints.js";
import { ingressRole } from "./roles/ingress.js";
import { nodeRole } from "./roles/node.js";
import { podRole } from "./roles/pod.js";
import { serviceRole } from "./roles/service.js";

type Objects = Partial<Record<ResourceKind, Readonly<Record<string, unknown>>>>;
type Labels = Readonly<Record<string, string>>;

const nothing: AttachMetadata = { node: false, namespace: false, deployment: false, job: false, cronjob: false };

function groupsOf(role: Role, objects: Objects, attach: Partial<AttachMetadata> = {}): KubernetesGroups {
  const groups = new KubernetesGroups(role, { ...nothing, ...attach });
  for (const [kind, byKey] of Object.entries(objects)) {
    for (const [key, object] of Object.entries(byKey)) groups.put(kind as ResourceKind, key, object);
  }
  return groups;
}

/** With "__meta_kubernetes_" left out of the names. */
function targets(groups: KubernetesGroups): Labels[] {
  const found = targetsOf(groups.refresh((_, error) => expect.fail(String(error))));
  return found.map((labels) =>
    Object.fromEntries(Object.entries(labels).map(([name, value]) => [name.replace("__meta_kubernetes_", ""), value])),
  );
}

const node = {
  metadata: { name: "n1", labels: { "example.com/zone": "z" }, annotations: { note: "" } },
  spec: { providerID: "aws:///i-1" },
  status: {
    addresses: [
      { type: "Hostname", address: "n1.local" },
      { type: "InternalIP", address: "10.0.0.1" },
      { type: "InternalIP", address: "fd00::1" },
    ],
    conditions: [
      { type: "Ready", status: "True" },
      { type: "DiskPressure", status: "False" },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
  },
};
const nodeMarks = {
  node_name: "n1",
  node_label_example_com_zone: "z",
  node_labelpresent_example_com_zone: "true",
  node_annotationpresent_note: "true",
};

const pod = {
  metadata: {
    name: "web-1",
    namespace: "shop",
    uid: "u-1",
    labels: { app: "web" },
    ownerReferences: [{ kind: "ReplicaSet", name: "web-abc", controller: true }],
  },
  spec: {
    nodeName: "n1",
    containers: [
      {
        name: "app",
        image: "app:1",
        ports: [
          { name: "http", containerPort: 8080, protocol: "TCP" },
          { name: "metrics", containerPort: 9100, protocol: "TCP" },
        ],
      },
      { name: "helper", image: "helper:1" },
    ],
    initContainers: [{ name: "setup", image: "setup:1", ports: [{ containerPort: 7, protocol: "UDP" }] }],
  },
  status: {
    podIP: "10.1.0.1",
    hostIP: "10.0.0.1",
    phase: "Running",
    conditions: [{ type: "Ready", status: "True" }],
    containerStatuses: [{ name: "app", containerID: "containerd://a1" }],
  },
};
const podMarks = {
  namespace: "shop",
  pod_name: "web-1",
  pod_label_app: "web",
  pod_labelpresent_app: "true",
  pod_ip: "10.1.0.1",
  pod_ready: "true",
  pod_phase: "Running",
  pod_node_name: "n1",
  pod_host_ip: "10.0.0.1",
  pod_uid: "u-1",
  pod_controller_kind: "ReplicaSet",
  pod_controller_name: "web-abc",
};
const appMarks = {
  pod_container_name: "app",
  pod_container_id: "containerd://a1",
  pod_container_image: "app:1",
  pod_container_init: "false",
};
const httpPort = {
  pod_container_port_name: "http",
  pod_container_port_number: "8080",
  pod_container_port_protocol: "TCP",
};
const metricsPort = {
  pod_container_port_name: "metrics",
  pod_container_port_number: "9100",
  pod_container_port_protocol: "TCP",
};
const setupMarks = {
  pod_container_name: "setup",
  pod_container_image: "setup:1",
  pod_container_init: "true",
  pod_container_port_number: "7",
  pod_container_port_protocol: "UDP",
};

const service = {
  metadata: { name: "web", namespace: "shop", annotations: { "prometheus.io/scrape": "yes" } },
  spec: { type: "ClusterIP", clusterIP: "10.2.0.1", ports: [{ name: "http", port: 80, protocol: "TCP" }] },
};
const serviceMarks = {
  service_name: "web",
  service_annotation_prometheus_io_scrape: "yes",
  service_annotationpresent_prometheus_io_scrape: "true",
};
const team = { metadata: { name: "shop", labels: { team: "a" }, annotations: { cost: "1" } } };
const teamMarks = {
  namespace_label_team: "a",
  namespace_labelpresent_team: "true",
  namespace_annotation_cost: "1",
  namespace_annotationpresent_cost: "true",
};

describe("node", () => {
  test("a node is its kubelet at the address that kubelets prefer", () => {
    expect(targets(groupsOf(nodeRole, { nodes: { n1: node } }))).toEqual([
      {
        __address__: "10.0.0.1:10250",
        instance: "n1",
        ...nodeMarks,
        node_provider_id: "aws:///i-1",
        node_address_Hostname: "n1.local",
        node_address_InternalIP: "10.0.0.1",
        node_condition_ready: "true",
        node_condition_diskpressure: "false",
      },
    ]);
  });

  test("a node without an address is no target", () => {
    expect(targets(groupsOf(nodeRole, { nodes: { n2: { metadata: { name: "n2" } } } }))).toEqual([]);
  });
});

describe("service", () => {
  const services: [title: string, spec: object, expected: Labels][] = [
    ["an address of the cluster", {}, { service_type: "ClusterIP", service_cluster_ip: "10.2.0.1" }],
    [
      "a name elsewhere",
      { type: "ExternalName", externalName: "db.example.com" },
      { service_type: "ExternalName", service_external_name: "db.example.com" },
    ],
    [
      "a load balancer",
      { type: "LoadBalancer", loadBalancerIP: "192.0.2.1" },
      { service_type: "LoadBalancer", service_cluster_ip: "10.2.0.1", service_loadbalancer_ip: "192.0.2.1" },
    ],
  ];

  test.each(services)("with %s", (_, spec, expected) => {
    const one = { ...service, spec: { ...service.spec, ...spec } };
    const objects = { services: { "shop/web": one }, namespaces: { shop: team } };
    expect(targets(groupsOf(serviceRole, objects, { namespace: true }))).toEqual([
      {
        __address__: "web.shop.svc:80",
        namespace: "shop",
        ...serviceMarks,
        ...teamMarks,
        service_port_name: "http",
        service_port_number: "80",
        service_port_protocol: "TCP",
        ...expected,
      },
    ]);
  });
});

describe("pod", () => {
  test("each container port is a target, and each container without ports", () => {
    expect(targets(groupsOf(podRole, { pods: { "shop/web-1": pod } }))).toEqual([
      { __address__: "10.1.0.1:8080", ...podMarks, ...appMarks, ...httpPort },
      { __address__: "10.1.0.1:9100", ...podMarks, ...appMarks, ...metricsPort },
      {
        __address__: "10.1.0.1",
        ...podMarks,
        pod_container_name: "helper",
        pod_container_image: "helper:1",
        pod_container_init: "false",
      },
      { __address__: "10.1.0.1:7", ...podMarks, ...setupMarks },
    ]);
  });

  test("a pod without an address is no target", () => {
    const waiting = { ...pod, status: { phase: "Pending" } };
    expect(targets(groupsOf(podRole, { pods: { "shop/web-1": waiting } }))).toEqual([]);
  });

  test("its node, namespace and deployment are attached, and follow when they change", () => {
    const replicaset = { metadata: { ownerReferences: [{ kind: "Deployment", name: "web", controller: true }] } };
    const objects = {
      pods: { "shop/web-1": pod },
      nodes: { n1: node },
      namespaces: { shop: team },
      replicasets: { "shop/web-abc": replicaset },
    };
    const groups = groupsOf(podRole, objects, { node: true, namespace: true, deployment: true, job: true });
    const marks = { ...nodeMarks, ...teamMarks, pod_deployment_name: "web" };
    expect(targets(groups)[0]).toEqual({
      __address__: "10.1.0.1:8080",
      ...podMarks,
      ...appMarks,
      ...httpPort,
      ...marks,
    });
    groups.put("nodes", "n1", { metadata: { name: "n1", labels: { disk: "ssd" } } });
    expect(targets(groups)[0]).toMatchObject({ node_label_disk: "ssd" });
    groups.put("nodes", "n1", undefined);
    expect(Object.keys(targets(groups)[0] ?? {}).filter((name) => name.startsWith("node_"))).toEqual([]);
  });

  test("a job and its cron job are named", () => {
    const owned = [{ kind: "Job", name: "backup-1", controller: true }];
    const job = { metadata: { ownerReferences: [{ kind: "CronJob", name: "backup", controller: true }] } };
    const objects = {
      pods: { "shop/web-1": { ...pod, metadata: { ...pod.metadata, ownerReferences: owned } } },
      jobs: { "shop/backup-1": job },
    };
    expect(targets(groupsOf(podRole, objects, { job: true, cronjob: true }))[0]).toMatchObject({
      pod_job_name: "backup-1",
      pod_cronjob_name: "backup",
    });
  });
});

const endpoints = {
  metadata: { name: "web", namespace: "shop" },
  subsets: [
    {
      addresses: [{ ip: "10.1.0.1", nodeName: "n1", targetRef: { kind: "Pod", name: "web-1", namespace: "shop" } }],
      notReadyAddresses: [{ ip: "10.1.0.9", hostname: "nine" }],
      ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    },
  ],
};

describe("endpoints", () => {
  const port = { endpoint_port_name: "http", endpoint_port_protocol: "TCP" };
  const shared = { namespace: "shop", endpoints_name: "web", ...serviceMarks };

  test("addresses have the labels of service and pod, and the pod's other ports are targets too", () => {
    const objects = {
      endpoints: { "shop/web": endpoints },
      services: { "shop/web": service },
      pods: { "shop/web-1": pod },
    };
    expect(targets(groupsOf(endpointsRole, objects))).toEqual([
      {
        __address__: "10.1.0.1:8080",
        ...shared,
        ...port,
        endpoint_ready: "true",
        endpoint_node_name: "n1",
        endpoint_address_target_kind: "Pod",
        endpoint_address_target_name: "web-1",
        ...podMarks,
        ...appMarks,
        ...httpPort,
      },
      { __address__: "10.1.0.9:8080", ...shared, ...port, endpoint_ready: "false", endpoint_hostname: "nine" },
      { __address__: "10.1.0.1:9100", ...shared, ...podMarks, ...appMarks, ...metricsPort },
      { __address__: "10.1.0.1:7", ...shared, ...podMarks, ...setupMarks },
    ]);
  });

  test("a pod or service that comes later, or goes, changes the targets", () => {
    const groups = groupsOf(endpointsRole, { endpoints: { "shop/web": endpoints } });
    expect(targets(groups)).toHaveLength(2);
    groups.put("pods", "shop/web-1", pod);
    expect(targets(groups)).toHaveLength(4);
    groups.put("pods", "shop/web-1", undefined);
    groups.put("services", "shop/web", service);
    expect(targets(groups)).toHaveLength(2);
    expect(targets(groups)[0]).toMatchObject({ service_name: "web" });
    groups.put("endpoints", "shop/web", undefined);
    expect(targets(groups)).toEqual([]);
  });
});

describe("endpointslice", () => {
  const slice = {
    metadata: { name: "web-x", namespace: "shop", labels: { "kubernetes.io/service-name": "web" } },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP", appProtocol: "http" }],
    endpoints: [
      {
        addresses: ["10.1.0.1"],
        conditions: { ready: true, serving: true, terminating: false },
        hostname: "one",
        nodeName: "n1",
        zone: "z",
        deprecatedTopology: { "kubernetes.io/hostname": "n1" },
        targetRef: { kind: "Pod", name: "web-1", namespace: "shop" },
      },
    ],
  };

  test("endpoints have the labels of slice, service, pod and node", () => {
    const objects = {
      endpointslices: { "shop/web-x": slice },
      services: { "shop/web": service },
      pods: { "shop/web-1": pod },
      nodes: { n1: node },
    };
    const found = targets(groupsOf(endpointSliceRole, objects, { node: true }));
    expect(found.map((labels) => labels["__address__"])).toEqual(["10.1.0.1:8080", "10.1.0.1:9100", "10.1.0.1:7"]);
    expect(found[0]).toEqual({
      __address__: "10.1.0.1:8080",
      endpointslice_name: "web-x",
      endpointslice_label_kubernetes_io_service_name: "web",
      endpointslice_labelpresent_kubernetes_io_service_name: "true",
      endpointslice_address_type: "IPv4",
      ...serviceMarks,
      endpointslice_port: "8080",
      endpointslice_port_name: "http",
      endpointslice_port_protocol: "TCP",
      endpointslice_port_app_protocol: "http",
      endpointslice_endpoint_conditions_ready: "true",
      endpointslice_endpoint_conditions_serving: "true",
      endpointslice_endpoint_conditions_terminating: "false",
      endpointslice_endpoint_hostname: "one",
      endpointslice_endpoint_node_name: "n1",
      endpointslice_endpoint_zone: "z",
      endpointslice_endpoint_topology_kubernetes_io_hostname: "n1",
      endpointslice_endpoint_topology_present_kubernetes_io_hostname: "true",
      endpointslice_address_target_kind: "Pod",
      endpointslice_address_target_name: "web-1",
      ...nodeMarks,
      ...podMarks,
      ...appMarks,
      ...httpPort,
    });
  });
});

describe("ingress", () => {
  test("each path is a target, over https where a TLS host fits", () => {
    const ingress = {
      metadata: { name: "front", namespace: "shop" },
      spec: {
        ingressClassName: "nginx",
        tls: [{ hosts: ["*.example.com"] }],
        rules: [
          { host: "a.example.com", http: { paths: [{ path: "/" }, { path: "/api" }] } },
          { host: "a.b.example.com" },
        ],
      },
    };
    const shared = { namespace: "shop", ingress_name: "front", ingress_class_name: "nginx" };
    const at = (host: string, path: string, scheme: string): Labels => ({
      __address__: host,
      ...shared,
      ingress_host: host,
      ingress_path: path,
      ingress_scheme: scheme,
    });
    expect(targets(groupsOf(ingressRole, { ingresses: { "shop/front": ingress } }))).toEqual([
      at("a.example.com", "/", "https"),
      at("a.example.com", "/api", "https"),
      at("a.b.example.com", "/", "http"),
    ]);
  });
});

const mistakes: [yaml: string, text: string][] = [
  ["{}", "role missing (one of: pod, service, endpoints, endpointslice, node, ingress)"],
  ["{ role: vacation }", 'unknown Kubernetes SD role "vacation"'],
  ["{ role: pod, namespaces: { foo: [] } }", "field foo not found in type kubernetes.plain"],
  ["{ role: pod, selectors: [{ role: service }] }", "pod role supports only pod, node selectors"],
  ["{ role: pod, selectors: [{ role: pod, label: 'a in b' }] }", "unable to parse requirement: found 'a in b'"],
  ["{ role: pod, selectors: [{ role: pod, field: 'a-b' }] }", "invalid selector: 'a-b'; can't understand 'a-b'"],
];

test.each(mistakes)("%s is refused", (yaml, text) => {
  expect(() => parseSd(kubernetesSd, yaml)).toThrow(text);
});

const selectors = ["a", "!a", "a=b", "x.io/a==b,c!=d", "a in (b, c),d notin (e)", "a>1", "a="];

test.each(selectors)("the label selector %j is taken", (label) => {
  expect(parseSd(kubernetesSd, JSON.stringify({ role: "pod", selectors: [{ role: "pod", label }] })).role).toBe("pod");
});
