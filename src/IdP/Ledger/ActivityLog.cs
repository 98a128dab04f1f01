using System.Globalization;
using System.Text.Json;
using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Http;
using IdP.PersonalData;
using IdP.Protocol.Clients;
using IdP.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Ledger;

/// <summary>Something that happened to an account, as its person may know it: nobody else is named by more than what they are here.</summary>
/// <param name="Kind">What: an action of the audit log such as <c>user.password_changed</c>, <c>sign_in</c> and an outcome, or <c>tokens.issued</c>.</param>
/// <param name="App">The name of the app that it was for, or that did it.</param>
/// <param name="Address">Where it came from, unless that is another person's address.</param>
public sealed record ActivityEntry(DateTimeOffset At, string Kind, ActivityActor Actor, string? App, string? Address, string? Browser, string? System);

public enum ActivityActor
{
    /// <summary>The person, or whoever had their proof.</summary>
    You = 0,

    Administrator = 1,
    HelpDesk = 2,

    /// <summary>Whoever tried; nothing shows who it was.</summary>
    Somebody = 3,

    System = 4,
}

/// <param name="Next">What the next page is asked for with; null when this is the last.</param>
public sealed record ActivityPage(IReadOnlyList<ActivityEntry> Entries, string? Next);

/// <summary>
/// What happened to an account, the newest first: sign-ins, tokens for apps, what the person changed, what others changed. Each page is one statement over indexes, however long the account is there,
/// one for the key to its personal values, and one more when others are in it.
/// </summary>
public sealed class ActivityLog(IdpDbContext db, OpenPersonalParts parts, Catalog catalog)
{
    public const int PageSize = 50;

    /// <summary>What happened in one and the same instant is not more than this.</summary>
    private const int MostAtOnce = 200;

    private enum Table
    {
        Audit = 0,
        Decision = 1,
        Grant = 2,
    }

    /// <param name="after">What the page before gave as <see cref="ActivityPage.Next"/>; anything else is the first page.</param>
    public async Task<ActivityPage> ReadAsync(Guid userId, string? after, CancellationToken ct, int size = PageSize)
    {
        var (at, skip) = Cursor.Read(after);
        var rows = await Rows(userId, at, skip + size + 1).OrderByDescending(row => row.At).ThenByDescending(row => row.Id).Skip(skip).Take(size + 1).ToListAsync(ct);
        var shown = rows.Count > size ? rows[..size] : rows;
        foreach (var row in shown) row.Viewer = userId;
        await parts.AllAsync(shown, ct);
        var helpers = await HelpersAsync([.. shown.Where(row => row.Table == Table.Audit).Select(row => row.Who).OfType<Guid>().Where(id => id != userId).Distinct()], ct);
        var entries = new List<ActivityEntry>(shown.Count);
        foreach (var row in shown) entries.Add(await DescribeAsync(row, userId, helpers, ct));
        return new(entries, rows.Count > size ? Cursor.After(shown, at, skip) : null);
    }

    /// <summary>The newest of each table, so that no table is read further than the page goes.</summary>
    private IQueryable<Row> Rows(Guid userId, DateTimeOffset at, int most)
    {
        var (id, none) = (userId.ToString(), Array.Empty<byte>());
        // To PostgreSQL a NULL in here is a text: where a column is something else, a table that has nothing for it gives a value of its type that nobody looks at.
        return db.SignInDecisions.Where(d => d.UserId == userId && d.At <= at).OrderByDescending(d => d.At).ThenByDescending(d => d.Id).Take(most)
            .Select(d => new Row { Table = Table.Decision, At = d.At, Id = d.Id, What = null, Who = d.UserId, Source = null, Client = d.ClientId, Details = null, Address = d.RemoteAddress, UserAgent = d.UserAgent, SealedDetails = none, SealedPlace = d.SealedPlace, Outcome = d.Outcome })
            .Concat(db.AuditEntries.Where(a => a.TargetType == "user" && a.TargetId == id && a.At <= at).OrderByDescending(a => a.At).ThenByDescending(a => a.Id).Take(most)
                .Select(a => new Row { Table = Table.Audit, At = a.At, Id = a.Id, What = a.Action, Who = a.ActorId, Source = a.Source, Client = null, Details = a.Details, Address = a.RemoteAddress, UserAgent = null, SealedDetails = a.SealedDetails, SealedPlace = a.SealedAddress, Outcome = SignInOutcome.Success }))
            .Concat(db.AuditEntries.Where(a => a.ActorId == userId && !(a.TargetType == "user" && a.TargetId == id) && a.At <= at).OrderByDescending(a => a.At).ThenByDescending(a => a.Id).Take(most)
                .Select(a => new Row { Table = Table.Audit, At = a.At, Id = a.Id, What = a.Action, Who = a.ActorId, Source = a.Source, Client = a.TargetType == "client" ? a.TargetId : null, Details = a.Details, Address = a.RemoteAddress, UserAgent = null, SealedDetails = a.SealedDetails, SealedPlace = a.SealedAddress, Outcome = SignInOutcome.Success }))
            .Concat(db.Grants.Where(g => g.Subject == id && g.CreatedAt <= at).OrderByDescending(g => g.CreatedAt).ThenByDescending(g => g.Id).Take(most)
                .Select(g => new Row { Table = Table.Grant, At = g.CreatedAt, Id = g.Id, What = null, Who = g.ClientKey, Source = null, Client = null, Details = null, Address = null, UserAgent = null, SealedDetails = none, SealedPlace = none, Outcome = SignInOutcome.Success }));
    }

    /// <summary>Those of the help desk who are no owners.</summary>
    private async Task<HashSet<Guid>> HelpersAsync(List<Guid> actors, CancellationToken ct) => actors.Count == 0 ? [] : [.. await db.UserRoles.AsNoTracking()
        .Where(r => actors.Contains(r.UserId) && r.RoleId == Role.HelpDeskId && !db.UserRoles.Any(o => o.UserId == r.UserId && db.Roles.Any(role => role.Id == o.RoleId && role.Name == Role.Owner))).Select(r => r.UserId).ToListAsync(ct)];

    private async ValueTask<ActivityEntry> DescribeAsync(Row row, Guid userId, HashSet<Guid> helpers, CancellationToken ct)
    {
        var (browser, system) = BrowserName.Of(row.UserAgent);
        var app = await AppAsync(row, ct);
        if (row.Table == Table.Grant) return new(row.At, "tokens.issued", ActivityActor.You, app, null, null, null);
        if (row.Table == Table.Decision)
            return new(row.At, "sign_in." + JsonNamingPolicy.SnakeCaseLower.ConvertName(row.Outcome.ToString()), IsProven(row.Outcome) ? ActivityActor.You : ActivityActor.Somebody, app, row.Address, browser, system);

        var actor = row switch
        {
            { Who: { } id } when id == userId => ActivityActor.You,
            { Who: { } id } => helpers.Contains(id) ? ActivityActor.HelpDesk : ActivityActor.Administrator,
            { Source: ActorSources.SignIn or ActorSources.Account or ActorSources.AccountApi } => ActivityActor.Somebody,
            { Source: ActorSources.System } => ActivityActor.System,
            _ => ActivityActor.Administrator, // who has the machine
        };
        return new(row.At, row.What!, actor, app, actor is ActivityActor.You or ActivityActor.Somebody ? row.Address : null, null, null); // an entry has an action
    }

    private async ValueTask<string?> AppAsync(Row row, CancellationToken ct)
    {
        var client = row.Client is { } id ? await catalog.FindClientAsync(id, ct) : row is { Table: Table.Grant, Who: { } key } ? await catalog.FindClientByKeyAsync(key, ct) : AppOf(row.Details) is { } app ? await catalog.FindClientAsync(app, ct) : null;
        return client is null ? row.Client : client.ClientName ?? client.ClientId; // one that was deleted since has its id only
    }

    private static string? AppOf(string? details)
    {
        if (details is null || !details.Contains("\"app\"", StringComparison.Ordinal)) return null;
        using var document = JsonDocument.Parse(details);
        return document.RootElement.ValueKind is JsonValueKind.Object && document.RootElement.TryGetProperty("app", out var app) && app.ValueKind is JsonValueKind.String ? app.GetString() : null;
    }

    private static bool IsProven(SignInOutcome outcome) => outcome is SignInOutcome.Success or SignInOutcome.Passed or SignInOutcome.ProofTooOld or SignInOutcome.EnrolmentNeeded or SignInOutcome.FactorNeeded or SignInOutcome.RecoveryNeeded;

    private sealed class Row : IHoldsPersonalParts
    {
        public Table Table { get; init; }
        public DateTimeOffset At { get; init; }
        public Guid Id { get; init; }
        public string? What { get; init; }

        /// <summary>The actor of an audit entry, the client of a grant.</summary>
        public Guid? Who { get; init; }

        public string? Source { get; init; }
        public string? Client { get; init; }
        public string? Details { get; set; }
        public string? Address { get; set; }
        public string? UserAgent { get; set; }
        public byte[]? SealedDetails { get; init; }
        public byte[]? SealedPlace { get; init; }
        public SignInOutcome Outcome { get; init; }

        /// <summary>Whose page it is.</summary>
        public Guid Viewer { get; set; }

        /// <summary>What others did is not opened: it is under their keys, and theirs.</summary>
        public IEnumerable<PersonalPart> PersonalParts()
        {
            if (Table == Table.Grant || (Table == Table.Audit && Who is { } other && other != Viewer)) yield break;
            var (details, place) = (SealedDetails is { Length: > 0 } ? SealedDetails : null, SealedPlace is { Length: > 0 } ? SealedPlace : null);
            if (Table == Table.Decision)
            {
                yield return SignInDecision.PlaceOf(Id, null, null, null, place, _ => { }, values => (Address, UserAgent) = (values[0], values[1]));
                yield break;
            }
            yield return new(AuditEntry.DetailsPurpose, Id, null, null, details, _ => { }, values => Details = values[0]);
            yield return new(AuditEntry.AddressPurpose, Id, null, null, place, _ => { }, values => Address = values[0]);
        }

        public void MarkErased()
        {
            // There is less to say, and nothing that stands for it.
        }
    }

    /// <summary>An instant, and how many entries of it were shown.</summary>
    private static class Cursor
    {
        private static readonly DateTimeOffset Newest = new(9999, 12, 31, 0, 0, 0, TimeSpan.Zero);

        public static (DateTimeOffset At, int Skip) Read(string? text)
        {
            if (text?.Split('.') is not [{ } instant, { } shown] || !long.TryParse(instant, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) || ticks > Newest.Ticks
                || !int.TryParse(shown, NumberStyles.None, CultureInfo.InvariantCulture, out var skip) || skip > MostAtOnce) return (Newest, 0);
            return (new DateTimeOffset(ticks, TimeSpan.Zero), skip);
        }

        public static string After(List<Row> shown, DateTimeOffset at, int skipped)
        {
            var last = shown[^1].At;
            return string.Create(CultureInfo.InvariantCulture, $"{last.UtcTicks}.{shown.Count(row => row.At == last) + (last == at ? skipped : 0)}");
        }
    }
}
