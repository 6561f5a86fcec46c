// What the agent counts since the start. Comes from: agent/appender, agent/truncate. Goes to: agent/agent, stats.

export interface AgentCounters {
  /** prometheus_agent_samples_appended_total; all of them, and the histograms among them. */
  samplesAppended: number;
  histogramsAppended: number;
  /** Newest sample that was committed, in ms; 0 while there is none. */
  highestTime: number;
  /** prometheus_agent_exemplars_appended_total */
  exemplarsAppended: number;
  /** prometheus_agent_out_of_order_samples_total */
  outOfOrder: number;
  /** Series refused by the limit of their job. */
  seriesRefused: number;
  seriesCreated: number;
  /** prometheus_agent_checkpoint_creations_total, …_failed_total, …_deletions_total, …_deletions_failed_total */
  checkpoints: number;
  checkpointFailures: number;
  checkpointDeletions: number;
  checkpointDeletionFailures: number;
  /** prometheus_tsdb_wal_truncations_total, …_failed_total */
  walTruncations: number;
  walTruncationFailures: number;
  walWriteFailures: number;
  /** prometheus_agent_corruptions_total */
  corruptions: number;
}

export function newAgentCounters(): AgentCounters {
  return {
    samplesAppended: 0,
    histogramsAppended: 0,
    highestTime: 0,
    exemplarsAppended: 0,
    outOfOrder: 0,
    seriesRefused: 0,
    seriesCreated: 0,
    checkpoints: 0,
    checkpointFailures: 0,
    checkpointDeletions: 0,
    checkpointDeletionFailures: 0,
    walTruncations: 0,
    walTruncationFailures: 0,
    walWriteFailures: 0,
    corruptions: 0,
  };
}
