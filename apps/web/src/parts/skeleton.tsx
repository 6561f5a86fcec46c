import { Skeleton, Stack } from "@mantine/core";

/** What a page looks like before its code or its data is there. */
export function PageSkeleton() {
  return (
    <Stack gap="md" role="status" aria-label="Loading">
      <Skeleton height={40} />
      <Skeleton height={96} />
      <Skeleton height={240} />
    </Stack>
  );
}
