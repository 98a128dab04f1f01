using IdP.Users;

namespace IdP.SignIn;

/// <summary>How a sign-in ended.</summary>
/// <param name="User">Whoever has that name; for <see cref="SignInOutcome.Success"/> always somebody.</param>
/// <param name="RetryAfter">When <see cref="SignInOutcome.Busy"/>: how long to wait before the next try.</param>
/// <param name="Handle">When <see cref="SignInOutcome.FactorNeeded"/>: what the page that asks for it is found by, see <see cref="PendingLogins"/>.</param>
public readonly record struct SignInAnswer(SignInOutcome Outcome, User? User = null, TimeSpan RetryAfter = default, string? Handle = null);
