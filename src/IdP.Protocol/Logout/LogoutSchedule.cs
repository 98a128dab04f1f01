namespace IdP.Protocol.Logout;

/// <summary>When an app that did not confirm is told again: soon at first, because it may only be restarting, then rarely.</summary>
internal static class LogoutSchedule
{
    /// <summary>An app that answers with a refusal is told this often: it has spoken, but its reason (a key it has not fetched yet, a wrong clock) may pass.</summary>
    public const int MaxRefusals = 5;

    private static readonly TimeSpan[] Delays =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromHours(1), TimeSpan.FromHours(3), TimeSpan.FromHours(6),
    ];

    /// <param name="attempts">Those made, at least 1.</param>
    public static TimeSpan DelayAfter(int attempts) => Delays[Math.Min(attempts, Delays.Length) - 1];
}
