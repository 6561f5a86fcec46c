// Quiets one alert: the button opens the form filled in, the arrow beside it silences at once for a usual time.
import { ActionIcon, Button, Menu, Tooltip } from "@mantine/core";
import { IconBellOff, IconChevronDown } from "@tabler/icons-react";
import type { LabelRecord } from "../api/prometheus.js";
import { parseDuration } from "../format/duration.js";
import { matchersFrom } from "./silence-draft.js";
import { useSilencing } from "./silence-provider.js";

const quickDurations = ["1h", "4h", "1d"];

export function SilenceButton({ labels }: { labels: LabelRecord }) {
  const { isAvailable, openForm, silenceNow } = useSilencing();
  const matchers = matchersFrom(labels);
  const name = labels["alertname"] ?? "this alert";
  return (
    <Tooltip label="Alertmanager does not answer" disabled={isAvailable}>
      <Button.Group>
        <Button
          size="xs"
          variant="default"
          disabled={!isAvailable}
          leftSection={<IconBellOff size={14} />}
          aria-label={`Silence ${name}`}
          onClick={() => openForm({ matchers })}
        >
          Silence
        </Button>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon
              variant="default"
              size={30}
              disabled={!isAvailable}
              aria-label={`Silence ${name} at once`}
              style={{ borderLeft: 0, borderRadius: "0 8px 8px 0" }}
            >
              <IconChevronDown size={14} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>Silence at once for</Menu.Label>
            {quickDurations.map((duration) => (
              <Menu.Item key={duration} onClick={() => silenceNow(matchers, parseDuration(duration)!)}>
                {duration}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </Button.Group>
    </Tooltip>
  );
}
