using IdP.Access;
using IdP.Clients;
using IdP.Data;
using IdP.Protocol.Authorize;
using IdP.Protocol.Clients;
using IdP.Resources;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Console.Clients;

internal static class ClientEndpoints
{
    private const int PageSize = 50;
    private static readonly TimeSpan Overlap = TimeSpan.FromDays(7);

    public static void MapClients(this RouteGroupBuilder console)
    {
        console.MapGet("/clients", ListAsync);
        console.MapGet("/clients/new", NewAsync);
        console.MapPost("/clients/new", CreateAsync);
        console.MapGet("/clients/{clientId}", ShowAsync);
        console.MapPost("/clients/{clientId}", UpdateAsync);
        console.MapPost("/clients/{clientId}/secrets", RotateAsync);
        console.MapPost("/clients/{clientId}/secrets/{id:guid}/remove", RemoveSecretAsync);
        console.MapPost("/clients/{clientId}/logo", FetchLogoAsync);
        console.MapPost("/clients/{clientId}/delete", DeleteAsync);
    }

    private static async Task<IResult> ListAsync(IdpDbContext db, string? q, string? after, string? done, CancellationToken ct)
    {
        // A prefix can use the index of either column; the id is the key of the pages.
        var prefix = SearchText.Of(q);
        var last = SearchText.Of(after);
        var rows = await db.Clients.AsNoTracking()
            .Where(c => (prefix == "" || c.ClientId.StartsWith(prefix) || c.ClientName!.StartsWith(prefix)) && (last == "" || c.ClientId.CompareTo(last) > 0))
            .OrderBy(c => c.ClientId).Take(PageSize + 1).ToListAsync(ct);
        return Page.Of<ClientsPage>(new { Clients = rows.Take(PageSize).ToList(), Query = q, Next = rows.Count > PageSize ? rows[PageSize - 1].ClientId : null, Notice = done == "deleted" ? "The client is deleted." : null });
    }

    private static async Task<IResult> NewAsync(ScopeNames scopes, string? type, CancellationToken ct) => Page.Of<NewClientPage>(new
    {
        Settings = Enum.TryParse<ApplicationType>(type, out var kind) && Enum.IsDefined(kind) ? ClientDefaults.For(kind) : null,
        Scopes = Sorted(await scopes.AllAsync(ct)),
    });

    private static async Task<IResult> CreateAsync(HttpContext http, CreateClient create, ScopeNames scopes, IdpDbContext db, [FromForm] string? clientId, [FromForm] string? applicationType, CancellationToken ct)
    {
        if (!Enum.TryParse<ApplicationType>(applicationType, out var kind) || !Enum.IsDefined(kind)) return Results.BadRequest();
        var settings = ClientForm.Read(http.Request.Form, ClientDefaults.For(kind), isNew: true);
        var outcome = await create.ExecuteAsync((clientId ?? "").Trim(), settings, [], ct);
        if (!outcome.Succeeded(out var saved, out var failure))
            return Page.Of<NewClientPage>(new { Settings = settings, ClientId = clientId, Scopes = Sorted(await scopes.AllAsync(ct)), Failure = failure }, failure.ToStatus());

        return saved.GeneratedSecret is { } secret
            ? await PageOfAsync(db, scopes, saved.Client.ClientId, new() { NewSecret = secret, Notice = "The client is created." }, ct) // a secret is never put into an address
            : SeeOther.To($"/console/clients/{Uri.EscapeDataString(saved.Client.ClientId)}?done=created");
    }

    private static Task<IResult> ShowAsync(string clientId, IdpDbContext db, ScopeNames scopes, string? done, CancellationToken ct) =>
        PageOfAsync(db, scopes, clientId, new() { Notice = done switch { "created" => "The client is created.", "saved" => "The changes are saved.", "removed" => "The secret is removed.", "logo" => "The logo is being fetched: look again in a moment.", _ => null } }, ct);

    private static async Task<IResult> UpdateAsync(string clientId, HttpContext http, IdpDbContext db, ScopeNames scopes, UpdateClient update, [FromForm] int version, CancellationToken ct)
    {
        var client = await db.Clients.AsNoTracking().SingleOrDefaultAsync(c => c.ClientId == clientId, ct);
        if (client is null) return Results.NotFound();
        var settings = ClientForm.Read(http.Request.Form, ClientSettings.From(client), isNew: false);
        var outcome = await update.ExecuteAsync(clientId, version, settings, null, ct);
        return outcome.Failure is { } failure
            ? await PageOfAsync(db, scopes, clientId, new() { Settings = settings, Version = version, Failure = failure }, ct)
            : SeeOther.To($"/console/clients/{Uri.EscapeDataString(clientId)}?done=saved");
    }

    private static async Task<IResult> RotateAsync(string clientId, IdpDbContext db, ScopeNames scopes, AddClientSecret add, TimeProvider clock, [FromForm] string? retireOthers, CancellationToken ct)
    {
        var outcome = await add.ExecuteAsync(clientId, "Rotated in the console", null, retireOthers == "true" ? clock.GetUtcNow() + Overlap : null, ct);
        return await PageOfAsync(db, scopes, clientId, outcome.Succeeded(out var added, out var failure) ? new() { NewSecret = added.Value, Notice = "There is a new secret." } : new() { Failure = failure }, ct);
    }

    private static async Task<IResult> RemoveSecretAsync(string clientId, Guid id, IdpDbContext db, ScopeNames scopes, RemoveClientSecret remove, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
        (await remove.ExecuteAsync(clientId, id, ct)).Failure is { } failure
            ? await PageOfAsync(db, scopes, clientId, new() { Failure = failure }, ct)
            : SeeOther.To($"/console/clients/{Uri.EscapeDataString(clientId)}?done=removed");

    private static async Task<IResult> FetchLogoAsync(string clientId, IdpDbContext db, ScopeNames scopes, FetchLogoAgain fetch, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
        (await fetch.ExecuteAsync(clientId, ct)).Failure is { } failure
            ? await PageOfAsync(db, scopes, clientId, new() { Failure = failure }, ct)
            : SeeOther.To($"/console/clients/{Uri.EscapeDataString(clientId)}?done=logo");

    private static async Task<IResult> DeleteAsync(string clientId, IdpDbContext db, ScopeNames scopes, DeleteClient delete, [FromForm] int version, [FromForm] string? confirm, CancellationToken ct)
    {
        if (confirm?.Trim() != clientId) return await PageOfAsync(db, scopes, clientId, new() { DeleteError = "Type the client id exactly." }, ct);
        return (await delete.ExecuteAsync(clientId, version, ct)).Failure is { } failure
            ? await PageOfAsync(db, scopes, clientId, new() { Failure = failure }, ct)
            : SeeOther.To("/console/clients?done=deleted");
    }

    private sealed record State
    {
        public ClientSettings? Settings { get; init; }
        public int? Version { get; init; }
        public string? NewSecret { get; init; }
        public string? Notice { get; init; }
        public string? DeleteError { get; init; }
        public Failure? Failure { get; init; }
    }

    private static async Task<IResult> PageOfAsync(IdpDbContext db, ScopeNames scopes, string clientId, State state, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        var client = await db.Clients.AsNoTracking().Include(c => c.ClientSecrets).SingleOrDefaultAsync(c => c.ClientId == clientId, ct);
        if (client is null) return Results.NotFound();
        var logo = client.LogoUri is null ? null : await db.ClientLogos.Where(l => l.ClientKey == client.Id && l.Uri == client.LogoUri)
            .Select(l => new LogoState(l.Fingerprint, l.ContentType, l.FetchedAt, l.Failures, l.LastError, l.NextAttemptAt)).SingleOrDefaultAsync(ct);
        client.LogoFingerprint = logo?.Fingerprint;
        return Page.Of<ClientPage>(new
        {
            Client = client,
            Logo = logo,
            Settings = state.Settings ?? ClientSettings.From(client),
            Version = state.Version ?? client.Version,
            Scopes = Sorted(await scopes.AllAsync(ct)),
            state.NewSecret,
            state.Notice,
            state.DeleteError,
            state.Failure,
        }, state.Failure is { } failure ? failure.ToStatus() : state.DeleteError is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
    }

    private static List<string> Sorted(IEnumerable<string> scopes) => [.. scopes.Order(StringComparer.Ordinal)];
}
