using IdP.Access;
using IdP.Data;
using IdP.Protocol.Authorize;
using IdP.Protocol.Clients;
using IdP.Protocol.Logout;
using IdP.Sessions;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Console.SignOuts;

/// <summary>What apps were told about ended sessions, and what they said.</summary>
internal static class SignOutEndpoints
{
    private const int PageSize = 50;

    public static void MapSignOuts(this RouteGroupBuilder console)
    {
        console.MapGet("/signouts", (IdpDbContext db, Catalog catalog, string? state, Guid? before, string? done, CancellationToken ct) =>
            ListAsync(db, catalog, state, before, done == "retried" ? "The app is told again now." : null, null, ct));
        console.MapPost("/signouts/{id:guid}/retry", RetryAsync);
    }

    private static async Task<IResult> RetryAsync(Guid id, IdpDbContext db, Catalog catalog, RetryLogout retry, [FromForm] string? state, CancellationToken ct) =>
        (await retry.ExecuteAsync(id, ct)).Failure is { } failure
            ? await ListAsync(db, catalog, state, null, null, failure, ct)
            : SeeOther.To($"/console/signouts?done=retried{(Known(state) is { } known ? "&state=" + known : "")}");

    private static async Task<IResult> ListAsync(IdpDbContext db, Catalog catalog, string? state, Guid? before, string? notice, Failure? failure, CancellationToken ct)
    {
        var status = Known(state);
        var query = db.LogoutDeliveries.AsNoTracking();
        if (status is not null) query = query.Where(d => d.Status == status);
        if (before is { } last) query = query.Where(d => d.Id < last); // ids are in the order of time
        var rows = await query.OrderByDescending(d => d.Id).Take(PageSize + 1).ToListAsync(ct);

        var ids = rows.Select(d => Guid.TryParse(d.Subject, out var id) ? id : Guid.Empty).Distinct().ToList();
        var people = await db.Users.AsNoTracking().Where(u => ids.Contains(u.Id)).Select(u => new { u.Id, u.UserName, u.Name }).ToDictionaryAsync(u => u.Id.ToString(), u => u.Name ?? u.UserName ?? "", ct);
        List<SignOutRow> shown = [];
        foreach (var row in rows.Take(PageSize))
            shown.Add(new(row, people.GetValueOrDefault(row.Subject), await catalog.FindClientByKeyAsync(row.ClientKey, ct)));
        return Page.Of<SignOutsPage>(new { Rows = shown, State = status, Next = rows.Count > PageSize ? rows[PageSize - 1].Id : (Guid?)null, Notice = notice, Failure = failure }, failure?.ToStatus() ?? StatusCodes.Status200OK);
    }

    private static string? Known(string? state) => state is LogoutDeliveryStatus.Pending or LogoutDeliveryStatus.Confirmed or LogoutDeliveryStatus.Failed ? state : null;
}

/// <param name="PersonName">Null when the account is gone.</param>
public sealed record SignOutRow(LogoutDelivery Delivery, string? PersonName, Client? Client);
