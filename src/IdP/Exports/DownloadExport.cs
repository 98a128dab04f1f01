using System.Text.Json;
using IdP.Data;
using IdP.PersonalData;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace IdP.Exports;

/// <summary>Writes a copy that is ready as one JSON document, part after part.</summary>
public sealed class DownloadExport(IdpDbContext db, ExportedTables tables, PersonKeys keys, IConfiguration configuration, TimeProvider clock)
{
    /// <summary>The person's copy, ready or not; null when there is none.</summary>
    public async Task<PersonalExport?> FindAsync(Guid userId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await db.PersonalExports.AsNoTracking().SingleOrDefaultAsync(e => e.UserId == userId && e.ExpiresAt > now, ct);
    }

    public int Tables => tables.All.Count;

    /// <param name="export">Ready.</param>
    public async Task WriteAsync(PersonalExport export, Stream output, CancellationToken ct)
    {
        var key = (await keys.ForReadingAsync(db, [export.UserId], ct))[export.UserId];
        await using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("provider", configuration["Issuer"]);
        json.WriteString("person", export.UserId);
        json.WriteString("madeAt", export.CompletedAt!.Value); // it is ready
        json.WriteStartObject("leftOut");
        foreach (var table in tables.All.Where(t => t.Secrets.Count > 0)) json.WriteString(db.Model.FindEntityType(table.Entity)!.GetTableName()!, string.Join(", ", table.Secrets));
        foreach (var (entity, why) in ExportedTables.LeftOut) json.WriteString(db.Model.FindEntityType(entity)!.GetTableName()!, why);
        json.WriteEndObject();
        json.WriteStartObject("tables");
        string? open = null;
        for (var number = 0; number < export.Parts; number++)
        {
            var part = await db.PersonalExportParts.AsNoTracking().SingleAsync(p => p.ExportId == export.Id && p.Number == number, ct);
            if (part.Table != open)
            {
                if (open is not null) json.WriteEndArray();
                json.WriteStartArray(open = part.Table);
            }
            using var rows = JsonDocument.Parse(PersonalCipher.Open(key, MakeExport.PurposeOf(number), export.Id, part.Content)![0]!); // sealed when it was made
            foreach (var row in rows.RootElement.EnumerateArray()) row.WriteTo(json);
            await json.FlushAsync(ct);
        }
        if (open is not null) json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
