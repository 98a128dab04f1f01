using IdP.Access;
using IdP.Assignments;
using IdP.Data;
using IdP.Protocol.Authorize;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Console.Assignments;

/// <summary>The people and groups that are assigned to a client.</summary>
internal static class AssignmentEndpoints
{
    private const int PageSize = 50, MostGroups = 200;

    public static void MapAssignments(this RouteGroupBuilder console)
    {
        console.MapGet("/clients/{clientId}/people", (string clientId, IdpDbContext db, ILookupNormalizer normalizer, string? q, string? after, string? done, CancellationToken ct) => ShowAsync(clientId, db, normalizer, new(
            q, after, done switch { "assigned" => "They may use the app now.", "unassigned" => "They are taken off.", _ => null }), ct));
        console.MapPost("/clients/{clientId}/people", async (string clientId, IdpDbContext db, ILookupNormalizer normalizer, AssignApp assign, [FromForm] string? user, [FromForm] string? group, CancellationToken ct) =>
            await AnswerAsync(clientId, db, normalizer, await assign.ExecuteAsync(clientId, Names(user), Names(group), ct), "assigned", user, group, ct));
        console.MapPost("/clients/{clientId}/people/remove", async (string clientId, IdpDbContext db, ILookupNormalizer normalizer, UnassignApp unassign, [FromForm] string? user, [FromForm] string? group, CancellationToken ct) =>
            await AnswerAsync(clientId, db, normalizer, await unassign.ExecuteAsync(clientId, Names(user), Names(group), ct), "unassigned", null, null, ct));
    }

    private sealed record State(string? Query = null, string? After = null, string? Notice = null, Failure? Failure = null, string? User = null, string? Group = null);

    private static async Task<IResult> AnswerAsync(string clientId, IdpDbContext db, ILookupNormalizer normalizer, Outcome<int> outcome, string done, string? user, string? group, CancellationToken ct) => outcome.Failure is { } failure
        ? await ShowAsync(clientId, db, normalizer, new(Failure: failure, User: user, Group: group), ct)
        : SeeOther.To($"/console/clients/{Uri.EscapeDataString(clientId)}/people?done={done}");

    private static async Task<IResult> ShowAsync(string clientId, IdpDbContext db, ILookupNormalizer normalizer, State state, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        var client = await db.Clients.AsNoTracking().Where(c => c.ClientId == clientId).Select(c => new { c.Id, c.ClientId, c.ClientName, c.AssignmentRequired }).SingleOrDefaultAsync(ct);
        if (client is null) return Results.NotFound();
        var (prefix, last) = (SearchText.Of(state.Query), SearchText.Of(state.After));
        var normalized = normalizer.NormalizeName(prefix) ?? "";
        // The user name is the key of the pages, as in the list of all users.
        var users = await db.Users.AsNoTracking()
            .Where(u => db.AssignedUsers.Any(a => a.ClientKey == client.Id && a.UserId == u.Id) && (prefix == "" || u.NormalizedUserName!.StartsWith(normalized) || u.Name!.StartsWith(prefix)) && (last == "" || u.NormalizedUserName!.CompareTo(last) > 0))
            .OrderBy(u => u.NormalizedUserName).Take(PageSize + 1).Select(u => new AssignedRow(u.Id, u.UserName!, u.NormalizedUserName!, u.Name, u.Enabled)).ToListAsync(ct);
        var groups = await db.AssignedGroups.Where(a => a.ClientKey == client.Id).Join(db.Groups, a => a.GroupId, g => g.Id, (_, g) => g.Name).OrderBy(name => name).Take(MostGroups).ToListAsync(ct);
        return Page.Of<AssignmentsPage>(new
        {
            client.ClientId, Name = client.ClientName ?? client.ClientId, IsRequired = client.AssignmentRequired, Users = users.Take(PageSize).ToList(), Groups = groups,
            state.Query, Next = users.Count > PageSize ? users[PageSize - 1].Key : null, state.Notice, state.Failure, state.User, state.Group,
        }, state.Failure?.ToStatus() ?? StatusCodes.Status200OK);
    }

    private static string[] Names(string? name) => name?.Trim() is { Length: > 0 } one ? [one] : [];
}

/// <param name="Key">Where the next page begins.</param>
public sealed record AssignedRow(Guid Id, string UserName, string Key, string? Name, bool Enabled);
