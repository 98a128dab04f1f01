using System.Diagnostics.CodeAnalysis;

namespace IdP.Access;

/// <summary>What an operation answers: the thing, or why not. An expected refusal is a value; exceptions are bugs and outages.</summary>
public readonly struct Outcome<T>
{
    private Outcome(T? value, Failure? failure) => (Value, Failure) = (value, failure);

    public T? Value { get; }
    public Failure? Failure { get; }

    public bool Succeeded([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Failure? failure)
    {
        (value, failure) = (Value, Failure);
        return failure is null;
    }

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Failure failure) => new(default, failure);
}

/// <summary>For values whose type is an interface, which C# does not convert by itself.</summary>
public static class Outcome
{
    public static Outcome<T> Of<T>(T value) => value;
}

/// <summary>An expected refusal: a stable code for programs, a sentence for people, and the field it belongs to when there is one.</summary>
public sealed record Failure(FailureKind Kind, string Code, string Message, string? Field = null)
{
    /// <summary>What else is wrong with the same input, so that a form or a file can show everything at once.</summary>
    public IReadOnlyList<Failure> Others { get; init; } = [];

    /// <summary>What the sentence says besides words, such as a limit, in the order in which every translation counts it.</summary>
    public IReadOnlyList<object> Arguments { get; init; } = [];

    /// <summary>How long to wait, when there is no capacity now.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>This refusal and the others.</summary>
    public IEnumerable<Failure> All => [this, .. Others];

    /// <summary>All that is wrong as one refusal; null when nothing is.</summary>
    public static Failure? Several(IReadOnlyList<Failure> failures) =>
        failures.Count == 0 ? null : failures[0] with { Others = [.. failures.Skip(1)] };

    public static Failure NotFound(string thing) => new(FailureKind.NotFound, "not_found", $"There is no such {thing}.");

    public static Failure Invalid(string code, string message, string? field = null) => new(FailureKind.Invalid, code, message, field);

    public static Failure Conflict(string code, string message, string? field = null) => new(FailureKind.Conflict, code, message, field);

    public static Failure Forbidden(string message) => new(FailureKind.Forbidden, "forbidden", message);

    /// <summary>Nothing is wrong with what was asked, but there is no capacity for it now.</summary>
    public static Failure Busy(TimeSpan retryAfter) => new(FailureKind.Busy, "busy", "Too many people sign in right now. Try again in a moment.") { RetryAfter = retryAfter };

    /// <summary>Somebody else saved the same thing in between.</summary>
    public static Failure Stale(string thing) => new(FailureKind.Conflict, "stale_version", $"Somebody else changed this {thing} in the meantime. Load it again and repeat your change.");
}

public enum FailureKind
{
    Invalid,
    NotFound,
    Conflict,
    Forbidden,
    Busy,
}
