using System.Text;

namespace Load;

/// <summary>A soak as Markdown.</summary>
internal static class SoakReport
{
    public static string Markdown(Soak soak, IReadOnlyList<string> machine)
    {
        var text = new StringBuilder();
        foreach (var line in machine) text.AppendLine("- " + line);
        text.AppendLine(Report.Text($"- {soak.Minutes} minutes, {soak.Subject}; units per second: {MixedLoad.Description}"));
        text.AppendLine(Report.Text($"- a sample each {soak.SecondsEach:0} s; what the kernel counts is read before the full collection that counts the living heap, so resident memory has a collection behind it after each sample"));
        text.AppendLine();
        Report.Table(text, Soak.Columns, soak.Samples);
        Report.Table(text, ["figure", "first", "last", "mean", "grows by", "may by", "verdict"], [.. soak.Figures.Select(Row)]);
        Report.Table(text, ["table", "rows before", "after", "verdict"], [.. soak.Tables.Where(table => table.Before != 0 || table.After != 0).Select(Row)]);
        text.AppendLine("Growth is that of the straight line through the samples after the first third, from the first of them to the last; it counts when it is more than the figure may grow and more than twice the line's uncertainty.");
        return text.ToString().TrimEnd();
    }

    private static string[] Row(Series figure)
    {
        string Number(double value) => Report.Number(value, figure.Digits + 1);
        return [figure.Name, Number(figure.First), Number(figure.Last), Number(figure.Mean), Number(figure.Growth), Number(figure.Allowed), figure.Grows switch { true => "GROWS", false => "level", null => "too short to say" }];
    }

    private static string[] Row((string Table, long Before, long After) rows) =>
        [rows.Table, Report.Text($"{rows.Before}"), Report.Text($"{rows.After}"), rows.After <= rows.Before ? "level" : Soak.IsRecord(rows.Table) ? "a row for each event, kept for its time" : "GROWS"];
}
