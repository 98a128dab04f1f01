using System.Globalization;
using IdP.Access;
using IdP.Data;
using IdP.Protocol.Authorize;
using IdP.Protocol.Registration;
using IdP.Registration;
using IdP.Resources;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.UI.Console.Registration;

internal static class RegistrationEndpoints
{
    private const int Shown = 200;

    public static void MapRegistration(this RouteGroupBuilder console)
    {
        console.MapGet("/registration", ShowAsync);
        console.MapPost("/registration", CreateAsync);
        console.MapPost("/registration/{id:guid}/delete", DeleteAsync);
    }

    private static Task<IResult> ShowAsync(IdpDbContext db, ScopeNames scopes, IOptions<RegistrationOptions> options, string? done, CancellationToken ct) =>
        PageOfAsync(db, scopes, options, new State { Notice = done == "deleted" ? "The token is deleted. The clients registered with it stay." : null }, ct);

    private static async Task<IResult> CreateAsync(HttpContext http, IdpDbContext db, ScopeNames scopes, IOptions<RegistrationOptions> options, CreateInitialAccessToken create, TimeProvider clock,
        [FromForm] string? description, [FromForm] string? uses, [FromForm] string? days, CancellationToken ct)
    {
        // What is no number becomes -1, which the rules refuse by name.
        var (count, lifetime) = (Number(uses), Number(days));
        var expiresAt = lifetime is null ? (DateTimeOffset?)null : lifetime is > 0 and <= 3650 ? clock.GetUtcNow().AddDays(lifetime.Value) : DateTimeOffset.MinValue;
        var outcome = await create.ExecuteAsync(Text(description), count, expiresAt, [.. http.Request.Form["grantTypes"].OfType<string>()], [.. http.Request.Form["scopes"].OfType<string>()], ct);
        return outcome.Succeeded(out var issued, out var failure)
            ? await PageOfAsync(db, scopes, options, new State { NewToken = issued.Value, Notice = "There is a new token." }, ct) // never put into an address
            : await PageOfAsync(db, scopes, options, new State { Failure = failure, Description = description, Uses = uses, Days = days }, ct);
    }

    private static async Task<IResult> DeleteAsync(Guid id, IdpDbContext db, ScopeNames scopes, IOptions<RegistrationOptions> options, DeleteInitialAccessToken delete, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
        (await delete.ExecuteAsync(id, ct)).Failure is { } failure ? await PageOfAsync(db, scopes, options, new State { Failure = failure }, ct) : SeeOther.To("/console/registration?done=deleted");

    private static async Task<IResult> PageOfAsync(IdpDbContext db, ScopeNames scopes, IOptions<RegistrationOptions> options, State state, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        return Page.Of<RegistrationPage>(new
        {
            Policy = options.Value,
            Tokens = await db.InitialAccessTokens.AsNoTracking().OrderByDescending(t => t.CreatedAt).Take(Shown).ToListAsync(ct),
            Registered = await db.Clients.CountAsync(c => c.RegistrationAccessTokenHash != null, ct),
            Scopes = (IReadOnlyList<string>)[.. (await scopes.AllAsync(ct)).Order(StringComparer.Ordinal)],
            state.NewToken,
            state.Notice,
            state.Failure,
            state.Description,
            state.Uses,
            state.Days,
        }, state.Failure is { } failure ? failure.ToStatus() : StatusCodes.Status200OK);
    }

    private static string? Text(string? text) => text?.Trim() is { Length: > 0 } trimmed ? trimmed : null;

    private static int? Number(string? text) => Text(text) is { } digits ? int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1 : null;

    private sealed record State
    {
        public string? NewToken { get; init; }
        public string? Notice { get; init; }
        public Failure? Failure { get; init; }
        public string? Description { get; init; }
        public string? Uses { get; init; }
        public string? Days { get; init; }
    }
}
