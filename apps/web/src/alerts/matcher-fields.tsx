import { ActionIcon, Button, Fieldset, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { SilenceMatcher } from "../api/alertmanager.js";
import { type MatcherOperator, matcherOperators, operatorOf, withOperator } from "./silence-draft.js";

interface MatcherFieldsProps {
  matchers: SilenceMatcher[];
  onChange: (matchers: SilenceMatcher[]) => void;
}

/** The matchers of a silence, one row each: fewer rows match more alerts. */
export function MatcherFields({ matchers, onChange }: MatcherFieldsProps) {
  const replace = (index: number, matcher: SilenceMatcher): void => onChange(matchers.with(index, matcher));
  return (
    <Fieldset legend="Alerts with all of these labels" variant="unstyled">
      <Stack gap={6} mt={6}>
        {matchers.map((matcher, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two rows may be equal while they are typed; the place is the identity.
          <Group key={i} gap={6} wrap="nowrap">
            <TextInput
              aria-label={`Label name ${i + 1}`}
              placeholder="label"
              w={150}
              value={matcher.name}
              onChange={(event) => replace(i, { ...matcher, name: event.currentTarget.value })}
            />
            <NativeSelect
              aria-label={`Operator ${i + 1}`}
              w={68}
              data={[...matcherOperators]}
              value={operatorOf(matcher)}
              onChange={(event) => replace(i, withOperator(matcher, event.currentTarget.value as MatcherOperator))}
            />
            <TextInput
              aria-label={`Value ${i + 1}`}
              placeholder="value"
              flex={1}
              value={matcher.value}
              onChange={(event) => replace(i, { ...matcher, value: event.currentTarget.value })}
            />
            <ActionIcon
              aria-label={`Remove matcher ${matcher.name}`}
              onClick={() => onChange(matchers.filter((_, other) => other !== i))}
            >
              <IconTrash size={15} />
            </ActionIcon>
          </Group>
        ))}
        <Button
          variant="subtle"
          size="xs"
          w="fit-content"
          leftSection={<IconPlus size={14} />}
          onClick={() => onChange([...matchers, { name: "", value: "", isRegex: false, isEqual: true }])}
        >
          Add a matcher
        </Button>
      </Stack>
    </Fieldset>
  );
}
