using IdP.Audit;
using NUnit.Framework;

namespace IdP.Tests.Audit;

public sealed class AuditClockTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void A_clock_set_back_by_a_moment_never_puts_a_later_entry_before_an_earlier_one()
    {
        DateTimeOffset[] machine = [Start, Start.AddMilliseconds(-300), Start, Start.AddSeconds(1)];
        var entries = InstantsOf(machine);

        Assert.That(entries, Is.Ordered.Ascending);
        Assert.That(entries, Is.Unique);
        Assert.That(entries[^1], Is.EqualTo(Start.AddSeconds(1)));
    }

    [Test]
    public void A_clock_that_was_far_ahead_and_is_put_right_is_followed() =>
        Assert.That(InstantsOf([Start.AddHours(1), Start])[1], Is.EqualTo(Start));

    private static DateTimeOffset[] InstantsOf(params DateTimeOffset[] machine)
    {
        var clock = new AuditClock(new Script(machine));
        return [.. machine.Select(_ => clock.Next())];
    }

    private sealed class Script(IEnumerable<DateTimeOffset> instants) : TimeProvider
    {
        private readonly Queue<DateTimeOffset> left = new(instants);

        public override DateTimeOffset GetUtcNow() => left.Dequeue();
    }
}
