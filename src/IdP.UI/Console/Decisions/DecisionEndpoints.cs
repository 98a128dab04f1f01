using IdP.Data;
using IdP.PersonalData;
using IdP.SignIn;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Console.Decisions;

/// <summary>Why a sign-in was asked for a factor, refused or let in, found by the trace id that pages and the log show.</summary>
internal static class DecisionEndpoints
{
    private const int MaxTrace = 64, MaxRows = 20;

    public static void MapDecisions(this RouteGroupBuilder console) => console.MapGet("/decisions", async (IdpDbContext db, OpenPersonalParts parts, string? trace, CancellationToken ct) =>
    {
        trace = trace?.Trim();
        // PostgreSQL refuses text with NUL, and no trace id has one.
        IReadOnlyList<SignInDecision> found = trace is null or { Length: 0 or > MaxTrace } || trace.Contains('\0') ? [] : await db.SignInDecisions.AsNoTracking().Where(d => d.TraceId == trace).OrderBy(d => d.At).Take(MaxRows).ToListAsync(ct);
        found = await parts.AllAsync(found, ct);
        var ids = found.Select(d => d.UserId).Distinct().ToList();
        var people = await db.Users.AsNoTracking().Where(u => ids.Contains(u.Id)).Select(u => new { u.Id, u.Name, u.UserName }).ToDictionaryAsync(u => u.Id, u => u.Name ?? u.UserName ?? "", ct);
        return Page.Of<DecisionPage>(new
        {
            Trace = trace is { Length: > MaxTrace } ? null : trace,
            Decisions = (IReadOnlyList<ExplainedDecision>)[.. found.Select(d => ExplainedDecision.Of(d, d.UserId is { } id ? people.GetValueOrDefault(id) : null))],
        });
    });
}
