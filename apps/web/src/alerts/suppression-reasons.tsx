import type { HeldAlert, Silence } from "../api/alertmanager.js";
import { plural } from "../format/value.js";
import { ExactTime } from "../parts/moment.js";
import page from "../parts/page.module.css";

/** Why an alert is not notified about, in words: each silence with its author and comment, inhibition, time intervals. */
export function SuppressionReasons({ alert, silences }: { alert: HeldAlert; silences: readonly Silence[] }) {
  const { silencedBy, inhibitedBy, mutedBy = [] } = alert.status;
  if (silencedBy.length + inhibitedBy.length + mutedBy.length === 0) return null;
  return (
    <div className={page.quiet}>
      {silencedBy.map((id) => (
        <SilencedBy key={id} id={id} silence={silences.find((silence) => silence.id === id)} />
      ))}
      {inhibitedBy.length > 0 && (
        <div>Inhibited: an inhibition rule holds it back while {plural(inhibitedBy.length, "graver alert")} fires</div>
      )}
      {mutedBy.length > 0 && <div>Muted by the time interval {mutedBy.join(", ")}</div>}
    </div>
  );
}

function SilencedBy({ id, silence }: { id: string; silence: Silence | undefined }) {
  if (silence === undefined) return <div>Silenced by {id}</div>;
  return (
    <div>
      Silenced by {silence.createdBy} until <ExactTime t={Date.parse(silence.endsAt)} />: {silence.comment}
    </div>
  );
}
