namespace IdP.Credentials.Passwords;

/// <summary>
/// Who is next: one place after the other from each source in turn, and three of four turns for those who are known. All places may be one source's while
/// nobody else wants them; the last of the longest queue gives way to whoever waits less. Not safe for several threads: <see cref="PasswordQueue"/> locks.
/// </summary>
internal sealed class WaitingLine<T>(int places) where T : class
{
    private const int TurnsOfStrangers = 4;

    private readonly Dictionary<PasswordSource, Queue> _queues = [];
    private readonly LinkedList<Queue> _known = [];
    private readonly LinkedList<Queue> _strangers = [];
    private int _turn;

    public int Count { get; private set; }

    /// <summary>Those at the head for whom a thread is free, which has only not come yet: they take nobody's place.</summary>
    public int Free { get; set; }

    public bool HasPlaceFor(PasswordSource source) => !IsFull || WhoGivesWayTo(source) is not null;

    /// <returns>The place in the line, null when there is none.</returns>
    /// <param name="pushedOut">Who lost the place to this one.</param>
    public Place? Add(PasswordSource source, T item, out T? pushedOut)
    {
        pushedOut = null;
        if (IsFull)
        {
            if (WhoGivesWayTo(source) is not { Items.Last: { } last } queue) return null;
            pushedOut = last.Value;
            Remove(queue, last);
        }
        if (!_queues.TryGetValue(source, out var own))
        {
            _queues[source] = own = new Queue(source);
            LaneOf(source).AddLast(own.Turn);
        }
        Count++;
        return new Place(own, own.Items.AddLast(item));
    }

    /// <returns>False when it has had its turn, or was pushed out.</returns>
    public bool Remove(Place place)
    {
        if (place.Node.List is null) return false;
        Remove(place.Queue, place.Node);
        return true;
    }

    public T? Next()
    {
        var strangersFirst = _turn % TurnsOfStrangers == TurnsOfStrangers - 1;
        var lane = strangersFirst ? _strangers : _known;
        if (lane.Count == 0) lane = strangersFirst ? _known : _strangers;
        if (lane.First is not { Value: { Items.First: { } first } queue }) return null;

        _turn = (_turn + 1) % TurnsOfStrangers;
        var item = first.Value;
        Remove(queue, first);
        if (queue.Items.Count > 0)
        {
            lane.Remove(queue.Turn);
            lane.AddLast(queue.Turn);
        }
        return item;
    }

    /// <summary>Whoever has at least two places more; strangers also to a known source that has none.</summary>
    private Queue? WhoGivesWayTo(PasswordSource source)
    {
        var own = _queues.TryGetValue(source, out var queue) ? queue.Items.Count : 0;
        if (Longest(_queues.Values) is { } longest && longest.Items.Count > own + 1) return longest;
        return source.Known && own == 0 ? Longest(_strangers) : null;
    }

    private static Queue? Longest(IEnumerable<Queue> queues)
    {
        Queue? longest = null;
        foreach (var queue in queues)
            if (queue.Items.Count > (longest?.Items.Count ?? 0)) longest = queue;
        return longest;
    }

    private void Remove(Queue queue, LinkedListNode<T> node)
    {
        queue.Items.Remove(node);
        Count--;
        if (queue.Items.Count > 0) return;
        _queues.Remove(queue.Source);
        LaneOf(queue.Source).Remove(queue.Turn);
    }

    private bool IsFull => Count >= places + Free;

    private LinkedList<Queue> LaneOf(PasswordSource source) => source.Known ? _known : _strangers;

    internal sealed class Queue
    {
        public Queue(PasswordSource source) => (Source, Turn) = (source, new LinkedListNode<Queue>(this));

        public PasswordSource Source { get; }

        public LinkedListNode<Queue> Turn { get; }

        public LinkedList<T> Items { get; } = [];
    }

    internal sealed record Place(Queue Queue, LinkedListNode<T> Node);
}
