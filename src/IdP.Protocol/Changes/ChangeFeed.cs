namespace IdP.Protocol.Changes;

/// <summary>Whether this node hears of changes that others make, and what follows for how long it believes what it remembers.</summary>
public sealed class ChangeFeed
{
    /// <summary>Nobody tells us: another node, or another program on the same file, may have changed anything.</summary>
    private static readonly TimeSpan UnheardLifetime = TimeSpan.FromSeconds(5);

    /// <summary>Only for what is written past this product, such as rows mended by hand.</summary>
    private static readonly TimeSpan HeardLifetime = TimeSpan.FromMinutes(5);

    private volatile ChangeFeedState _state;

    public ChangeFeedState State => _state;

    /// <summary>How old something read from the database may be when it is used; shorter at once when the connection is lost.</summary>
    public TimeSpan Lifetime => _state is ChangeFeedState.Listening ? HeardLifetime : UnheardLifetime;

    internal void Become(ChangeFeedState state) => _state = state;
}

public enum ChangeFeedState
{
    /// <summary>There is nothing to listen to, or it is switched off.</summary>
    Off,

    Listening,

    /// <summary>It should listen and cannot, at the moment.</summary>
    Lost,
}
