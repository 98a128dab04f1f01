using System.Text.Json;
using IdP.Data;
using IdP.Erasures;
using IdP.PersonalData;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace IdP.Exports;

/// <summary>Makes a copy part by part: each is some rows of one table, encrypted, saved together with the place where the next begins. Memory holds one part, and another node can go on where this one stops.</summary>
public sealed class MakeExport(IdpDbContext db, ExportedTables tables, PersonKeys keys, TimeProvider clock)
{
    internal static readonly TimeSpan Claim = TimeSpan.FromMinutes(5);

    /// <summary>False when another node has it.</summary>
    public async Task<bool> TakeAsync(Guid exportId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await db.PersonalExports.Where(e => e.Id == exportId && e.State == ExportState.Running && (e.ClaimedUntil == null || e.ClaimedUntil < now)).ExecuteUpdateAsync(e => e.SetProperty(x => x.ClaimedUntil, now + Claim), ct) == 1;
    }

    public async Task ExecuteAsync(Guid exportId, CancellationToken ct)
    {
        while (await OnePartAsync(exportId, ct)) { }
    }

    /// <returns>Whether there is more to do.</returns>
    internal async Task<bool> OnePartAsync(Guid exportId, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        if (await db.PersonalExports.SingleOrDefaultAsync(e => e.Id == exportId && e.State == ExportState.Running, ct) is not { } export) return false; // replaced by another, or the person is gone
        var person = await db.Users.AsNoTracking().Where(u => u.Id == export.UserId).Select(u => new ErasedPerson(u.Id, u.NormalizedUserName, u.NormalizedEmail)).SingleAsync(ct);
        var now = clock.GetUtcNow();
        if (export.Table == tables.All.Count)
        {
            (export.State, export.CompletedAt, export.ClaimedUntil) = (ExportState.Ready, now, null);
            await db.SaveAsync("export", ct);
            return false;
        }
        var table = tables.All[export.Table];
        var entity = db.Model.FindEntityType(table.Entity)!; // a test holds that the model has each of them
        var rows = await table.Read(db, person, export.After, ct);
        if (rows.Count > 0)
        {
            var key = (await keys.ForWritingAsync(db, [person.Id], ct))[person.Id];
            var json = Write(rows, entity, table.Secrets);
            db.PersonalExportParts.Add(new PersonalExportPart { ExportId = export.Id, Number = export.Parts, Table = entity.GetTableName()!, Content = PersonalCipher.Seal(key, person.Id, PurposeOf(export.Parts), export.Id, [json]) });
            (export.Parts, export.Rows) = (export.Parts + 1, export.Rows + rows.Count);
        }
        if (table.IsPaged && rows.Count == ExportedTable.BatchSize) export.After = (Guid)entity.FindProperty("Id")!.PropertyInfo!.GetValue(rows[^1])!; // tables of many rows have an id
        else (export.Table, export.After) = (export.Table + 1, null);
        export.ClaimedUntil = now + Claim;
        return await db.SaveAsync("export", ct) is null;
    }

    internal static string PurposeOf(int number) => "export " + number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Write(IReadOnlyList<object> rows, IEntityType entity, IReadOnlyList<string> secrets)
    {
        var properties = entity.GetProperties().Where(p => p.PropertyInfo is not null && !secrets.Contains(p.Name)).ToList();
        var owned = entity.GetNavigations().Where(n => n.TargetEntityType.IsOwned() && n.PropertyInfo is not null).ToList();
        return JsonSerializer.Serialize(rows.Select(row => properties.ToDictionary(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name), p => Plain(p.PropertyInfo!.GetValue(row)))
            .Concat(owned.Select(n => KeyValuePair.Create(JsonNamingPolicy.CamelCase.ConvertName(n.Name), n.PropertyInfo!.GetValue(row)))).ToDictionary()));
    }

    private static object? Plain(object? value) => value is Enum choice ? choice.ToString() : value;
}
