using IdP.Access;
using IdP.Credentials;
using IdP.Data;
using IdP.Protocol.Authorize;
using IdP.SignIn;
using IdP.UI.Design;
using IdP.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Console.Users;

internal static class UserEndpoints
{
    private const int PageSize = 50;

    public static void MapUsers(this RouteGroupBuilder console)
    {
        console.MapGet("/users", ListAsync);
        console.MapGet("/users/new", () => Page.Of<NewUserPage>(new { Settings = new UserSettings() }));
        console.MapPost("/users/new", CreateAsync);
        console.MapGet("/users/{id:guid}", (Guid id, IdpDbContext db, TimeProvider clock, string? done, CancellationToken ct) =>
            PageOfAsync(db, clock, id, null, done switch { "disabled" => "The user is disabled.", "enabled" => "The user is enabled.", "factors" => "All second factors are removed. The password is enough until the person adds new ones.", _ => null }, null, ct));
        console.MapPost("/users/{id:guid}/disable", DisableAsync);
        console.MapPost("/users/{id:guid}/enable", EnableAsync);
        console.MapPost("/users/{id:guid}/reset", ResetAsync);
        console.MapPost("/users/{id:guid}/factors/reset", ResetFactorsAsync);
    }

    private static async Task<IResult> ListAsync(IdpDbContext db, ILookupNormalizer normalizer, string? q, string? after, CancellationToken ct)
    {
        // Prefixes, each served by an index; the normalized user name is the key of the pages.
        var prefix = SearchText.Of(q);
        var last = SearchText.Of(after);
        var normalized = normalizer.NormalizeName(prefix) ?? "";
        var rows = await db.Users.AsNoTracking()
            .Where(u => (prefix == "" || u.NormalizedUserName!.StartsWith(normalized) || u.NormalizedEmail!.StartsWith(normalized) || u.Name!.StartsWith(prefix)) && (last == "" || u.NormalizedUserName!.CompareTo(last) > 0))
            .OrderBy(u => u.NormalizedUserName).Take(PageSize + 1).ToListAsync(ct);
        return Page.Of<UsersPage>(new { Users = rows.Take(PageSize).ToList(), Query = q, Next = rows.Count > PageSize ? rows[PageSize - 1].NormalizedUserName : null });
    }

    private static async Task<IResult> CreateAsync(IdpDbContext db, TimeProvider clock, CreateUser create, [FromForm] string? userName, [FromForm] string? name, [FromForm] string? email, CancellationToken ct)
    {
        var settings = new UserSettings { UserName = userName?.Trim() ?? "", Name = Text(name), Email = Text(email) };
        var outcome = await create.ExecuteAsync(settings, new InitialPassword.Generated(), enabled: true, ct);
        return outcome.Succeeded(out var saved, out var failure)
            ? await PageOfAsync(db, clock, saved.User.Id, saved.GeneratedPassword, "The user is created.", null, ct) // a password is never put into an address
            : Page.Of<NewUserPage>(new { Settings = settings, Failure = failure }, failure.ToStatus());
    }

    private static async Task<IResult> DisableAsync(Guid id, IdpDbContext db, TimeProvider clock, DisableUser disable, [FromForm] string? reason, CancellationToken ct) =>
        await AfterAsync((await disable.ExecuteAsync(id, Text(reason), ct)).Failure, db, clock, id, "disabled", ct);

    private static async Task<IResult> EnableAsync(Guid id, IdpDbContext db, TimeProvider clock, EnableUser enable, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
        await AfterAsync((await enable.ExecuteAsync(id, ct)).Failure, db, clock, id, "enabled", ct);

    private static async Task<IResult> ResetAsync(Guid id, IdpDbContext db, TimeProvider clock, ResetPassword reset, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
        (await reset.ExecuteAsync(id, ct)).Succeeded(out var saved, out var failure)
            ? await PageOfAsync(db, clock, id, saved.GeneratedPassword, "The password is reset.", null, ct)
            : await PageOfAsync(db, clock, id, null, null, failure, ct);

    private static async Task<IResult> ResetFactorsAsync(Guid id, IdpDbContext db, TimeProvider clock, ResetFactors reset, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
        await AfterAsync((await reset.ExecuteAsync(id, ct)).Failure, db, clock, id, "factors", ct);

    private static async Task<IResult> AfterAsync(Failure? failure, IdpDbContext db, TimeProvider clock, Guid id, string done, CancellationToken ct) =>
        failure is null ? SeeOther.To($"/console/users/{id}?done={done}") : await PageOfAsync(db, clock, id, null, null, failure, ct);

    private static async Task<IResult> PageOfAsync(IdpDbContext db, TimeProvider clock, Guid id, string? password, string? notice, Failure? failure, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.Id == id, ct);
        if (user is null) return Results.NotFound();
        var now = clock.GetUtcNow();
        return Page.Of<UserPage>(new
        {
            User = user,
            Roles = await db.UserRoles.Where(r => r.UserId == id).Join(db.Roles, r => r.RoleId, r => r.Id, (_, r) => r.Name!).ToListAsync(ct),
            Decisions = await db.SignInDecisions.AsNoTracking().Where(d => d.UserId == id && d.Outcome != SignInOutcome.Passed).OrderByDescending(d => d.At).Take(10).ToListAsync(ct),
            Sessions = await db.Sessions.CountAsync(s => s.UserId == id && s.EndedAt == null && s.ExpiresAt > now, ct),
            Factors = await db.FactorsOfAsync(id, ct),
            NewPassword = password,
            Notice = notice,
            Failure = failure,
        }, failure is null ? StatusCodes.Status200OK : failure.ToStatus());
    }

    private static string? Text(string? value) => value?.Trim() is { Length: > 0 } text ? text : null;
}
