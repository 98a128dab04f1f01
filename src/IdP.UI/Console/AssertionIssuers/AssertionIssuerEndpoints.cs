using IdP.Access;
using IdP.AssertionIssuers;
using IdP.Data;
using IdP.Protocol.Authorize;
using IdP.Protocol.Token;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace IdP.UI.Console.AssertionIssuers;

/// <summary>Whose signed word about a person is taken for a grant (RFC 7523). Addressed by key, because the names are addresses themselves.</summary>
internal static class AssertionIssuerEndpoints
{
    private const string Root = "/console/issuers";
    private const int Shown = 200;

    public static void MapAssertionIssuers(this RouteGroupBuilder console)
    {
        console.MapGet("/issuers", ListAsync);
        console.MapGet("/issuers/new", () => Page.Of<NewAssertionIssuerPage>(new { Settings = new AssertionIssuerSettings() }));
        console.MapPost("/issuers/new", CreateAsync);
        console.MapGet("/issuers/{id:guid}", (Guid id, IdpDbContext db, IConfiguration configuration, string? done, CancellationToken ct) =>
            PageOfAsync(db, configuration, id, new() { Notice = done switch { "created" => "The issuer is created.", "saved" => "The changes are saved.", _ => null } }, ct));
        console.MapPost("/issuers/{id:guid}", UpdateAsync);
        console.MapPost("/issuers/{id:guid}/delete", DeleteAsync);
    }

    private static async Task<IResult> ListAsync(IdpDbContext db, string? done, CancellationToken ct) => Page.Of<AssertionIssuersPage>(new
    {
        Issuers = await db.AssertionIssuers.AsNoTracking().OrderBy(i => i.Issuer).Take(Shown).ToListAsync(ct),
        Notice = done == "deleted" ? "The issuer is removed. Tokens that came from its assertions live on until they end or are revoked." : null,
    });

    private static async Task<IResult> CreateAsync(HttpContext http, CreateAssertionIssuer create, [FromForm] string? issuer, CancellationToken ct)
    {
        var settings = Read(http.Request.Form);
        settings.Enabled = true; // the form of a new one does not ask
        return (await create.ExecuteAsync((issuer ?? "").Trim(), settings, ct)).Succeeded(out var created, out var failure)
            ? SeeOther.To($"{Root}/{created.Id}?done=created")
            : Page.Of<NewAssertionIssuerPage>(new { Settings = settings, Issuer = issuer, Failure = failure }, failure.ToStatus());
    }

    private static async Task<IResult> UpdateAsync(Guid id, HttpContext http, IdpDbContext db, IConfiguration configuration, UpdateAssertionIssuer update, [FromForm] int version, CancellationToken ct)
    {
        if (await db.AssertionIssuers.AsNoTracking().SingleOrDefaultAsync(i => i.Id == id, ct) is not { } stored) return Results.NotFound();
        var settings = Read(http.Request.Form);
        return (await update.ExecuteAsync(stored.Issuer, version, settings, ct)).Failure is { } failure
            ? await PageOfAsync(db, configuration, id, new() { Settings = settings, Version = version, Failure = failure }, ct)
            : SeeOther.To($"{Root}/{id}?done=saved");
    }

    private static async Task<IResult> DeleteAsync(Guid id, IdpDbContext db, IConfiguration configuration, DeleteAssertionIssuer delete, [FromForm] int version, [FromForm] string? confirm, CancellationToken ct)
    {
        if (await db.AssertionIssuers.AsNoTracking().SingleOrDefaultAsync(i => i.Id == id, ct) is not { } stored) return Results.NotFound();
        if (confirm?.Trim() != stored.Issuer) return await PageOfAsync(db, configuration, id, new() { DeleteError = "Type the issuer exactly." }, ct);
        return (await delete.ExecuteAsync(stored.Issuer, version, ct)).Failure is { } failure
            ? await PageOfAsync(db, configuration, id, new() { Failure = failure }, ct)
            : SeeOther.To($"{Root}?done=deleted");
    }

    private static async Task<IResult> PageOfAsync(IdpDbContext db, IConfiguration configuration, Guid id, State state, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        if (await db.AssertionIssuers.AsNoTracking().SingleOrDefaultAsync(i => i.Id == id, ct) is not { } issuer) return Results.NotFound();
        return Page.Of<AssertionIssuerPage>(new
        {
            Issuer = issuer,
            Settings = state.Settings ?? AssertionIssuerSettings.From(issuer),
            Version = state.Version ?? issuer.Version,
            IsInFile = configuration["Configuration:File"] is { Length: > 0 }
                && await db.AuditEntries.AnyAsync(e => e.TargetType == "assertion_issuer" && e.TargetId == issuer.Issuer && e.Source == ActorSources.File, ct),
            state.Notice,
            state.DeleteError,
            state.Failure,
        }, state.Failure is { } failure ? failure.ToStatus() : state.DeleteError is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
    }

    private static AssertionIssuerSettings Read(IFormCollection form) => new()
    {
        Enabled = form["enabled"] == "true",
        Jwks = Text(form, "jwks"),
        JwksUri = Text(form, "jwksUri"),
        Subject = Text(form, "subject") ?? AssertionSubjects.UserName,
        AllowedClients = [.. form["allowedClients"].ToString().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
    };

    private static string? Text(IFormCollection form, string name) => form[name].ToString().Trim() is { Length: > 0 } text ? text : null;

    private sealed record State
    {
        public AssertionIssuerSettings? Settings { get; init; }
        public int? Version { get; init; }
        public string? Notice { get; init; }
        public string? DeleteError { get; init; }
        public Failure? Failure { get; init; }
    }
}
