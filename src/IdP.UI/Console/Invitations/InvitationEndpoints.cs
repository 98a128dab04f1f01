using IdP.Access;
using IdP.Data;
using IdP.Protocol.Authorize;
using IdP.SignUp;
using IdP.UI.Design;
using IdP.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Console.Invitations;

internal static class InvitationEndpoints
{
    private const string Path = "/console/invitations";

    public static void MapInvitations(this RouteGroupBuilder console)
    {
        console.MapGet("/invitations", (IdpDbContext db, TimeProvider clock, string? done, CancellationToken ct) =>
            PageAsync(db, clock, done switch { "sent" => "The invitation is on its way.", "revoked" => "The invitation is taken back.", _ => null }, null, new(), null, ct));
        console.MapPost("/invitations", InviteAsync);
        console.MapPost("/invitations/{id:guid}/revoke", async (Guid id, RevokeInvitation revoke, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
            (await revoke.ExecuteAsync(id, ct)).Failure is null ? SeeOther.To(Path + "?done=revoked") : Results.NotFound());
    }

    private static async Task<IResult> InviteAsync(
        HttpContext http, IdpDbContext db, TimeProvider clock, InviteUser invite, [FromForm] string? email, [FromForm] string? name, CancellationToken ct)
    {
        var settings = new UserSettings { Email = Text(email), Name = Text(name), Roles = [.. http.Request.Form["roles"].OfType<string>()], Groups = [.. http.Request.Form["groups"].OfType<string>()] };
        if (!(await invite.ExecuteAsync(settings, ct)).Succeeded(out var sent, out var failure)) return await PageAsync(db, clock, null, null, settings, failure, ct);
        // A link is never put into an address of the console.
        return sent.Link is null ? SeeOther.To(Path + "?done=sent") : await PageAsync(db, clock, "The invitation is made.", sent.Link, new(), null, ct);
    }

    private static async Task<IResult> PageAsync(IdpDbContext db, TimeProvider clock, string? notice, string? link, UserSettings settings, Failure? failure, CancellationToken ct) => Page.Of<InvitationsPage>(new
    {
        Invitations = await OpenInvitation.ListAsync(db, clock, ct),
        Roles = await db.Roles.OrderBy(r => r.Name).Select(r => r.Name!).ToListAsync(ct), // never null: CreateRole requires it
        Groups = await db.Groups.OrderBy(g => g.Name).Select(g => g.Name).ToListAsync(ct),
        Settings = settings,
        Link = link,
        Notice = notice,
        Failure = failure,
    }, failure is null ? StatusCodes.Status200OK : failure.ToStatus());

    private static string? Text(string? value) => value?.Trim() is { Length: > 0 } text ? text : null;
}
