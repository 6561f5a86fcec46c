// The default HTML body of emails: what fires, with labels, annotations and source, and a way back to Alertmanager.
// Styles stand in the elements, since mail programs drop style sheets.

const font = "font-family: Helvetica, Arial, sans-serif; font-size: 14px; box-sizing: border-box;";
const line = '<br style="margin: 0;">';

const pairs = (labels: string): string => `{{ range ${labels}.SortedPairs }}{{ .Name }} = {{ .Value }}${line}{{ end }}`;

const alert = `
          <tr>
            <td style="${font} vertical-align: top; padding: 0 0 20px;">
              <strong>Labels</strong>${line}
              ${pairs(".Labels")}
              {{ if .Annotations }}<strong>Annotations</strong>${line}
              ${pairs(".Annotations")}{{ end }}
              <a href="{{ .GeneratorURL }}" style="color: #348eda; text-decoration: underline;">Source</a>
            </td>
          </tr>`;

const alertsIn = (state: string): string => `{{ if .Alerts.${state} }}
          <tr>
            <td style="${font} padding: 0 0 20px;"><strong>[{{ len .Alerts.${state} }}] ${state}</strong></td>
          </tr>
          {{- range .Alerts.${state} }}${alert}
          {{- end }}
          {{- end }}`;

const headline = `{{ len .Alerts }} alert{{ if gt (len .Alerts) 1 }}s{{ end }} for
          {{ range .GroupLabels.SortedPairs }}{{ .Name }}={{ .Value }} {{ end }}`;

const headlineCell = (background: string): string =>
  `<td style="${font} font-size: 16px; color: #fff; font-weight: 500; padding: 20px; text-align: center; border-radius: 3px 3px 0 0; background-color: ${background};">`;

const button = `color: #fff; background-color: #348eda; border: solid #348eda; border-width: 10px 20px; border-radius: 5px; font-weight: bold; text-decoration: none; display: inline-block;`;

export const defaultEmailTemplates: string = `{{ define "email.default.html" }}<!DOCTYPE html>
<html>
<head>
  <meta name="viewport" content="width=device-width">
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
  <title>{{ template "__subject" . }}</title>
</head>
<body style="${font} margin: 0; height: 100%; width: 100%; line-height: 1.6em; background-color: #f6f6f6;">
  <div style="max-width: 600px; margin: 0 auto; padding: 20px;">
    <table width="100%" cellpadding="0" cellspacing="0" style="background-color: #fff; border: 1px solid #e9e9e9; border-radius: 3px;">
      <tr>
        {{ if .Alerts.Firing }}${headlineCell("#e6522c")}{{ else }}${headlineCell("#68b90f")}{{ end }}
          ${headline}
        </td>
      </tr>
      <tr>
        <td style="padding: 30px;">
          <table width="100%" cellpadding="0" cellspacing="0">
          <tr>
            <td style="padding: 0 0 20px;">
              <a href="{{ template "__alertmanagerURL" . }}" style="${font} ${button}">View in {{ template "__alertmanager" . }}</a>
            </td>
          </tr>
          ${alertsIn("Firing")}
          {{- if and .Alerts.Firing .Alerts.Resolved }}
          <tr><td style="padding: 0 0 20px;"><hr></td></tr>
          {{- end }}
          ${alertsIn("Resolved")}
          </table>
        </td>
      </tr>
    </table>
    <p style="${font} font-size: 12px; color: #999; text-align: center; padding: 20px;">
      <a href="{{ .ExternalURL }}" style="color: #999; text-decoration: underline;">Sent by {{ template "__alertmanager" . }}</a>
    </p>
  </div>
</body>
</html>
{{ end }}
`;
