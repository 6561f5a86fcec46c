import { ActionIcon, Menu, ScrollArea, Tooltip } from "@mantine/core";
import { IconHistory, IconTrash } from "@tabler/icons-react";

interface HistoryMenuProps {
  history: string[];
  onPick: (expression: string) => void;
  onChange: (history: string[]) => void;
}

/** Past expressions, newest first, to run again. */
export function HistoryMenu({ history, onPick, onChange }: HistoryMenuProps) {
  return (
    <Menu position="bottom-end" width="min(640px, 90vw)">
      <Menu.Target>
        <Tooltip label="Past queries">
          <ActionIcon aria-label="Past queries" mt={5}>
            <IconHistory size={16} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{history.length === 0 ? "Expressions you run are kept here" : "Past queries"}</Menu.Label>
        <ScrollArea.Autosize mah={360}>
          {history.map((expression) => (
            <Menu.Item key={expression} onClick={() => onPick(expression)}>
              <code style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{expression}</code>
            </Menu.Item>
          ))}
        </ScrollArea.Autosize>
        {history.length > 0 && (
          <>
            <Menu.Divider />
            <Menu.Item leftSection={<IconTrash size={14} />} onClick={() => onChange([])}>
              Forget all
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
