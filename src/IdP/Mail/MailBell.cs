namespace IdP.Mail;

/// <summary>Wakes this node's sender, so that a mail leaves at once and not at the next look at the table.</summary>
public sealed class MailBell : IDisposable
{
    private readonly SemaphoreSlim _rung = new(0, 1);

    public void Ring()
    {
        try
        {
            if (_rung.CurrentCount == 0) _rung.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else rang in between, which is as good.
        }
    }

    /// <summary>Until somebody rings, or this long at most.</summary>
    internal Task WaitAsync(TimeSpan longest, CancellationToken ct) => _rung.WaitAsync(longest, ct);

    public void Dispose() => _rung.Dispose();
}
