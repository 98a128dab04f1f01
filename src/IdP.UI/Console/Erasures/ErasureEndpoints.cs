using System.Text;
using IdP.Data;
using IdP.Erasures;
using IdP.Protocol.Authorize;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Console.Erasures;

/// <summary>People who are deleted, and the certificates of those who were.</summary>
internal static class ErasureEndpoints
{
    private const int PageSize = 50;

    public static void MapErasures(this RouteGroupBuilder console)
    {
        console.MapGet("/erasures", ListAsync);
        console.MapGet("/erasures/{id:guid}/certificate", async (Guid id, IdpDbContext db, CancellationToken ct) =>
            await db.Erasures.Where(e => e.Id == id).Select(e => e.Certificate).FirstOrDefaultAsync(ct) is { } certificate ? Results.File(Encoding.ASCII.GetBytes(certificate), "application/jose", $"erasure-{id}.jws") : Results.NotFound());
        console.MapPost("/erasures/{id:guid}/cancel", async (Guid id, IdpDbContext db, CancelErasure cancel, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
        {
            var user = await db.Erasures.Where(e => e.Id == id).Select(e => e.UserId).FirstOrDefaultAsync(ct);
            return (await cancel.OfAsync(user, ct)).Failure is { } failure ? await PageOfAsync(db, null, null, failure, ct) : SeeOther.To("/console/erasures?done=cancelled");
        });
    }

    private static Task<IResult> ListAsync(IdpDbContext db, Guid? before, string? done, CancellationToken ct) =>
        PageOfAsync(db, before, done switch { "cancelled" => "The deletion is cancelled, and the account is as it was.", "begun" => "The account is closed. It is deleted when the time has come.", _ => null }, null, ct);

    private static async Task<IResult> PageOfAsync(IdpDbContext db, Guid? before, string? notice, Access.Failure? failure, CancellationToken ct)
    {
        var query = db.Erasures.AsNoTracking();
        if (before is { } last) query = query.Where(e => e.Id < last); // ids are in the order of time
        var rows = await query.OrderByDescending(e => e.Id).Take(PageSize + 1).ToListAsync(ct);
        var ids = rows.ConvertAll(e => e.UserId);
        var names = await db.Users.AsNoTracking().Where(u => ids.Contains(u.Id)).Select(u => new { u.Id, u.Name, u.UserName }).ToDictionaryAsync(u => u.Id, u => u.Name ?? u.UserName ?? "", ct);
        return Page.Of<ErasuresPage>(new { Rows = rows.Take(PageSize).ToList(), Names = names, Next = rows.Count > PageSize ? rows[PageSize - 1].Id : (Guid?)null, Notice = notice, Failure = failure }, failure?.ToStatus() ?? StatusCodes.Status200OK);
    }
}
