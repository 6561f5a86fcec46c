import { parseYamlFile } from "@narthex/service";
import { expect, test } from "vitest";
import { timeIntervalDecoder } from "./decode.js";
import { contains } from "./interval.js";

function check(yaml: string, time: string): boolean | string {
  try {
    return contains(parseYamlFile("t", yaml, timeIntervalDecoder), Date.parse(time));
  } catch (error) {
    return (error as Error).message.replace(/^t:\d+:\d+: /, "");
  }
}

test.each([
  ["{}", "2024-05-06T12:00:00Z", true],
  ["times: [{start_time: '09:00', end_time: '17:00'}]", "2024-05-06T08:59:59Z", false],
  ["times: [{start_time: '09:00', end_time: '17:00'}]", "2024-05-06T09:00:00Z", true],
  ["times: [{start_time: '09:00', end_time: '17:00'}]", "2024-05-06T17:00:00Z", false],
  ["times: [{start_time: '09:00', end_time: '24:00'}]", "2024-05-06T23:59:59Z", true],
  ["weekdays: ['monday:friday']", "2024-05-06T12:00:00Z", true],
  ["weekdays: ['monday:friday']", "2024-05-05T12:00:00Z", false],
  ["weekdays: ['saturday', 'Sunday']", "2024-05-05T12:00:00Z", true],
  ["days_of_month: ['1:5']", "2024-05-06T12:00:00Z", false],
  ["days_of_month: ['-1']", "2024-02-29T12:00:00Z", true],
  ["days_of_month: ['-1']", "2023-02-28T12:00:00Z", true],
  ["days_of_month: ['-3:-1']", "2024-05-28T12:00:00Z", false],
  ["days_of_month: ['29:31']", "2023-02-28T12:00:00Z", false],
  ["days_of_month: ['1:31']", "2023-02-28T12:00:00Z", true],
  ["days_of_month: ['28:-1']", "2024-05-31T12:00:00Z", true],
  ["months: ['january:march', 'May']", "2024-05-06T12:00:00Z", true],
  ["months: ['6:12']", "2024-05-06T12:00:00Z", false],
  ["years: ['2020:2023']", "2024-05-06T12:00:00Z", false],
  ["years: [2024]\nmonths: ['5']\nweekdays: [monday]", "2024-05-06T12:00:00Z", true],
  // 23:30 UTC is the next day in Vienna, in summer two hours ahead.
  ["weekdays: [tuesday]\nlocation: Europe/Vienna", "2024-05-06T23:30:00Z", true],
  ["times: [{start_time: '02:00', end_time: '03:00'}]\nlocation: Europe/Vienna", "2024-05-06T00:30:00Z", true],
  ["times: [{start_time: '01:00', end_time: '02:00'}]\nlocation: Europe/Vienna", "2024-01-06T00:30:00Z", true],
  ["times: [{start_time: '09:30', end_time: '09:00'}]", "", "start time cannot be equal or greater than end time"],
  ["times: [{start_time: '9', end_time: '10:00'}]", "", "couldn't parse timestamp 9, invalid format"],
  ["times: [{start_time: '24:30', end_time: '24:31'}]", "", "couldn't parse timestamp 24:30, invalid format"],
  ["weekdays: [someday]", "", "someday is not a valid weekday"],
  ["weekdays: ['friday:monday']", "", "start day cannot be after end day"],
  ["days_of_month: ['0']", "", "0 is not a valid day of the month: out of range"],
  ["days_of_month: ['32']", "", "32 is not a valid day of the month: out of range"],
  ["days_of_month: ['-3:2']", "", "end day must be negative if start day is negative"],
  ["months: ['13']", "", "13 is not a valid month"],
  ["years: ['2025:2020']", "", "start year cannot be after end year"],
  ["location: Nowhere/Land", "", "unknown time zone Nowhere/Land"],
])("%s at %s → %s", (yaml, time, expected) => {
  expect(check(yaml, time)).toBe(expected);
});
