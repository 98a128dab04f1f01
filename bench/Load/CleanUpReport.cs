using System.Text;

namespace Load;

/// <summary>A clean-up beside sign-ins as Markdown.</summary>
internal static class CleanUpReport
{
    public static string Markdown(CleanUp cleanUp, IReadOnlyList<string> machine)
    {
        var text = new StringBuilder();
        foreach (var line in machine) text.AppendLine("- " + line);
        text.AppendLine(Report.Text($"- {cleanUp.Waiting} tokens that are over; {CleanUp.SignInsPerSecond:0} sign-ins a second at fixed moments, half with a password and half with a session; the server's processor is busy to {100 * cleanUp.RestingShare:0} % with them, and to {100 * cleanUp.ServerShare:0} % with the clean-up beside"));
        text.AppendLine(cleanUp.IsComplete
            ? Report.Text($"- the clean-up ended while it was watched: {cleanUp.Tokens} tokens and {cleanUp.Others} grants and sessions in {cleanUp.Took.TotalSeconds:0} s, {cleanUp.TokensPerSecond:0} tokens a second")
            : Report.Text($"- watched for {cleanUp.Took.TotalSeconds:0} s of it: {cleanUp.Tokens} tokens and {cleanUp.Others} grants and sessions, {cleanUp.TokensPerSecond:0} tokens a second; at that pace all tokens take {cleanUp.All.TotalMinutes:0} minutes (an extrapolation)"));
        text.AppendLine();
        Report.Table(text, ["sign-in", "clean-up rests: p50 ms", "p95", "p99", "runs: p50", "p95", "p99", "is over: p50", "p95", "p99", "p95 ratio"], [Row("password", cleanUp.Passwords), Row("session", cleanUp.Sessions)]);
        Report.Table(text, ["goal", "this run", "limit", ""], [.. Goals.Judge(cleanUp).Select(Report.Row)]);
        return text.ToString().TrimEnd();
    }

    private static string[] Row(string kind, CleanUpPart part) => [kind, .. Cells(part.Resting), .. Cells(part.Beside), .. Cells(part.After), Report.Number(part.Ratio, 2)];

    private static string[] Cells(Times? times) => times is null ? ["–", "–", "–"] : [Report.Number(times.P50, 1), Report.Number(times.P95, 1), Report.Number(times.P99, 1)];
}
