namespace IdP.Protocol.Logos;

/// <summary>When a logo that could not be fetched is tried again: soon at first, then once a day.</summary>
internal static class LogoSchedule
{
    private static readonly TimeSpan[] Delays = [TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(15), TimeSpan.FromHours(2), TimeSpan.FromHours(8), TimeSpan.FromDays(1)];

    /// <param name="failures">Failures in a row, the coming one included; at least 1.</param>
    public static TimeSpan DelayAfter(int failures) => Delays[Math.Min(failures, Delays.Length) - 1];
}
