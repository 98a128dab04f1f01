using System.Globalization;
using IdP.Access;
using IdP.Credentials;
using IdP.Data;
using IdP.Erasures;
using IdP.PersonalData;
using IdP.PersonalTokens;
using IdP.Policies;
using IdP.Protocol.Authorize;
using IdP.Recovery;
using IdP.Recovery.Passes;
using IdP.SignIn;
using IdP.UI.Design;
using IdP.UI.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.UI.Console.Users;

internal static class UserEndpoints
{
    private const int PageSize = 50, MostTokens = 100;

    public static void MapUsers(this RouteGroupBuilder console)
    {
        console.MapGet("/users/new", () => Page.Of<NewUserPage>(new { Settings = new UserSettings() }));
        console.MapPost("/users/new", CreateAsync);
        console.MapPost("/users/{id:guid}/disable", DisableAsync);
        console.MapPost("/users/{id:guid}/enable", EnableAsync);
        console.MapPost("/users/{id:guid}/reset", ResetAsync);
        console.MapPost("/users/{id:guid}/factors/reset", ResetFactorsAsync);
        console.MapPost("/users/{id:guid}/tokens/revoke", async (HttpContext http, Guid id, RevokePersonalTokens revoke, [FromForm(Name = "csrf")] string? _, CancellationToken ct) => await AfterAsync(http, (await revoke.AllOfAsync(id, ct)).Failure, id, "tokens", ct));
        console.MapPost("/users/{id:guid}/tokens/{token:guid}/revoke", async (HttpContext http, Guid id, Guid token, RevokePersonalTokens revoke, [FromForm(Name = "csrf")] string? _, CancellationToken ct) => await AfterAsync(http, (await revoke.OfAsync(id, token, ct)).Failure, id, "token", ct));
        console.MapPost("/users/{id:guid}/erasure", BeginErasureAsync).RequireRecentProof(PageOf);
        console.MapPost("/users/{id:guid}/erasure/cancel", async (HttpContext http, Guid id, CancelErasure cancel, [FromForm(Name = "csrf")] string? _, CancellationToken ct) => await AfterAsync(http, (await cancel.OfAsync(id, ct)).Failure, id, "kept", ct));
    }

    /// <summary>What the help desk does, too.</summary>
    public static void MapHelp(this RouteGroupBuilder desk)
    {
        desk.MapGet("/users", ListAsync);
        desk.MapGet("/users/{id:guid}", (HttpContext http, Guid id, string? done, CancellationToken ct) => PageOfAsync(http, id, new(done switch
        {
            "disabled" => "The user is disabled.",
            "enabled" => "The user is enabled.",
            "factors" => "All second factors are removed. The password is enough until the person adds new ones.",
            "kept" => "The deletion is cancelled, and the account is as it was.",
            "signedout" => "The person is signed out everywhere.",
            "revoked" => "The temporary pass is taken back.",
            "token" => "The token is revoked.",
            "tokens" => "All tokens are revoked.",
            _ => null,
        }), ct));
        desk.MapPost("/users/{id:guid}/signout", async (HttpContext http, Guid id, SignOutUser signOut, [FromForm(Name = "csrf")] string? _, CancellationToken ct) => await AfterAsync(http, (await signOut.ExecuteAsync(id, ct)).Failure, id, "signedout", ct));
        desk.MapPost("/users/{id:guid}/pass", IssuePassAsync).RequireRecentProof(PageOf);
        desk.MapPost("/users/{id:guid}/pass/revoke", async (HttpContext http, Guid id, RevokeTemporaryPass revoke, [FromForm(Name = "csrf")] string? _, CancellationToken ct) => await AfterAsync(http, (await revoke.ExecuteAsync(id, ct)).Failure, id, "revoked", ct));
    }

    private static async Task<IResult> ListAsync(Actor actor, IdpDbContext db, ILookupNormalizer normalizer, string? q, string? after, CancellationToken ct)
    {
        // Prefixes, each served by an index; the normalized user name is the key of the pages.
        var prefix = SearchText.Of(q);
        var last = SearchText.Of(after);
        var normalized = normalizer.NormalizeName(prefix) ?? "";
        var rows = await db.Users.AsNoTracking()
            .Where(u => (prefix == "" || u.NormalizedUserName!.StartsWith(normalized) || u.NormalizedEmail!.StartsWith(normalized) || u.Name!.StartsWith(prefix)) && (last == "" || u.NormalizedUserName!.CompareTo(last) > 0))
            .OrderBy(u => u.NormalizedUserName).Take(PageSize + 1).ToListAsync(ct);
        return Page.Of<UsersPage>(new { IsOwner = actor.IsAdministrator, Users = rows.Take(PageSize).ToList(), Query = q, Next = rows.Count > PageSize ? rows[PageSize - 1].NormalizedUserName : null });
    }

    private static async Task<IResult> CreateAsync(HttpContext http, CreateUser create, [FromForm] string? userName, [FromForm] string? name, [FromForm] string? email, CancellationToken ct)
    {
        var settings = new UserSettings { UserName = userName?.Trim() ?? "", Name = Text(name), Email = Text(email) };
        var outcome = await create.ExecuteAsync(settings, new InitialPassword.Generated(), enabled: true, ct);
        return outcome.Succeeded(out var saved, out var failure)
            ? await PageOfAsync(http, saved.User.Id, new("The user is created.", Password: saved.GeneratedPassword), ct) // a password is never put into an address
            : Page.Of<NewUserPage>(new { Settings = settings, Failure = failure }, failure.ToStatus());
    }

    private static async Task<IResult> DisableAsync(HttpContext http, Guid id, DisableUser disable, [FromForm] string? reason, CancellationToken ct) =>
        await AfterAsync(http, (await disable.ExecuteAsync(id, Text(reason), ct)).Failure, id, "disabled", ct);

    private static async Task<IResult> EnableAsync(HttpContext http, Guid id, EnableUser enable, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
        await AfterAsync(http, (await enable.ExecuteAsync(id, ct)).Failure, id, "enabled", ct);

    private static async Task<IResult> ResetAsync(HttpContext http, Guid id, ResetPassword reset, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
        (await reset.ExecuteAsync(id, ct)).Succeeded(out var saved, out var failure)
            ? await PageOfAsync(http, id, new("The password is reset.", Password: saved.GeneratedPassword), ct)
            : await PageOfAsync(http, id, new(Failure: failure), ct);

    private static async Task<IResult> ResetFactorsAsync(HttpContext http, Guid id, ResetFactors reset, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
        await AfterAsync(http, (await reset.ExecuteAsync(id, ct)).Failure, id, "factors", ct);

    private static async Task<IResult> BeginErasureAsync(HttpContext http, Guid id, BeginErasure begin, [FromForm] string? confirm, CancellationToken ct)
    {
        if (confirm != "true") return await PageOfAsync(http, id, new(Failure: Failure.Invalid("required", "Tick the box to say that this person is to be deleted.", "confirm")), ct);
        return (await begin.OfAsync(id, ct)).Failure is { } failure ? await PageOfAsync(http, id, new(Failure: failure), ct) : SeeOther.To("/console/erasures?done=begun");
    }

    private static async Task<IResult> IssuePassAsync(HttpContext http, Guid id, IssueTemporaryPass issue, [FromForm] string? reason, [FromForm] string? minutes, [FromForm] string? lost, CancellationToken ct)
    {
        TimeSpan? lifetime = int.TryParse(minutes, NumberStyles.None, CultureInfo.InvariantCulture, out var chosen) ? TimeSpan.FromMinutes(chosen) : null;
        return (await issue.ExecuteAsync(id, Text(reason), lifetime, lost == "true", ct)).Succeeded(out var issued, out var failure)
            ? await PageOfAsync(http, id, new("The temporary pass is made.", Pass: issued), ct) // nor is a pass
            : await PageOfAsync(http, id, new(Failure: failure, PassReason: Text(reason)), ct);
    }

    private static string PageOf(HttpContext http) => $"/console/users/{http.GetRouteValue("id")}";

    private static async Task<IResult> AfterAsync(HttpContext http, Failure? failure, Guid id, string done, CancellationToken ct) =>
        failure is null ? SeeOther.To($"/console/users/{id}?done={done}") : await PageOfAsync(http, id, new(Failure: failure), ct);

    /// <summary>What the page says beside what is stored.</summary>
    private sealed record Said(string? Notice = null, string? Password = null, IssuedTemporaryPass? Pass = null, Failure? Failure = null, string? PassReason = null);

    private static async Task<IResult> PageOfAsync(HttpContext http, Guid id, Said said, CancellationToken ct)
    {
        var services = http.RequestServices;
        var (db, now) = (services.GetRequiredService<IdpDbContext>(), services.GetRequiredService<TimeProvider>().GetUtcNow());
        db.ChangeTracker.Clear();
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.Id == id, ct);
        if (user is null) return Results.NotFound();
        return Page.Of<UserPage>(new
        {
            User = user,
            Roles = await db.UserRoles.Where(r => r.UserId == id).Join(db.Roles, r => r.RoleId, r => r.Id, (_, r) => r.Name!).ToListAsync(ct),
            Decisions = await services.GetRequiredService<OpenPersonalParts>().AllAsync(await db.SignInDecisions.AsNoTracking().Where(d => d.UserId == id && d.Outcome != SignInOutcome.Passed).OrderByDescending(d => d.At).Take(10).ToListAsync(ct), ct),
            Sessions = await db.Sessions.CountAsync(s => s.UserId == id && s.EndedAt == null && s.ExpiresAt > now, ct),
            Factors = await db.FactorsOfAsync(id, ct),
            Graces = await services.GetRequiredService<EnrolmentGraces>().RunningAsync(id, ct),
            ErasureDueAt = await db.Erasures.Where(e => e.UserId == id && (e.State == ErasureState.Waiting || e.State == ErasureState.Running)).Select(e => (DateTimeOffset?)e.DueAt).FirstOrDefaultAsync(ct),
            Tokens = await services.GetRequiredService<OwnPersonalTokens>().ListAsync(id, ct, MostTokens),
            services.GetRequiredService<IOptions<ErasureOptions>>().Value.GracePeriod,
            IsOwner = services.GetRequiredService<Actor>().IsAdministrator,
            MayHelp = await services.GetRequiredService<HelpDesk>().RefuseHelpingAsync(id, ct) is null,
            OpenPass = await services.GetRequiredService<TemporaryPasses>().FindOpenAsync(id, ct),
            PassLifetimes = Lifetimes(services.GetRequiredService<IOptions<RecoveryOptions>>().Value),
            NewPass = said.Pass,
            said.PassReason,
            NewPassword = said.Password,
            said.Notice,
            said.Failure,
        }, said.Failure is null ? StatusCodes.Status200OK : said.Failure.ToStatus());
    }

    /// <summary>What can be chosen, the configured one first.</summary>
    private static IReadOnlyList<TimeSpan> Lifetimes(RecoveryOptions options) =>
        [options.TemporaryPassLifetime, .. ((TimeSpan[])[TimeSpan.FromMinutes(10), TimeSpan.FromHours(1), TimeSpan.FromHours(8), TimeSpan.FromDays(1), TimeSpan.FromDays(3)]).Where(l => l != options.TemporaryPassLifetime && l <= options.MaxTemporaryPassLifetime)];

    private static string? Text(string? value) => value?.Trim() is { Length: > 0 } text ? text : null;
}
