using System.Globalization;
using System.Xml.Linq;
using IdP.Data;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Keys;

/// <summary>
/// Data protection's key ring in the database. Keys are numbered: two nodes that start on an empty database would otherwise make a key each, and
/// read one another's cookies only after data protection's own reload, a day later.
/// </summary>
internal sealed class KeyRingRepository(IServiceScopeFactory scopes) : IXmlRepository
{
    private volatile int _generation;

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var scope = scopes.CreateScope();
        var rows = scope.ServiceProvider.GetRequiredService<IdpDbContext>().DataProtectionKeys.AsNoTracking().OrderBy(k => k.Id).Select(k => k.Xml!).ToList();
        var elements = rows.ConvertAll(XElement.Parse);
        _generation = elements.Count(IsKey);
        return elements;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        var name = IsKey(element) ? string.Create(CultureInfo.InvariantCulture, $"key-{_generation + 1}") : friendlyName;
        using var scope = scopes.CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<IdpDbContext>();
        db.Add(new DataProtectionKey { FriendlyName = name, Xml = element.ToString(SaveOptions.DisableFormatting) });
        try
        {
            db.SaveChanges();
        }
        catch (DbUpdateException)
        {
            // Another node stored this generation first; data protection reads the ring again and takes that one. Anything else is a real failure.
            db.ChangeTracker.Clear();
            if (!IsKey(element) || !db.DataProtectionKeys.Any(k => k.FriendlyName == name)) throw;
        }
    }

    private static bool IsKey(XElement element) => element.Name.LocalName == "key";
}

internal static class KeyRingModel
{
    public static ModelBuilder AddKeyRing(this ModelBuilder model)
    {
        model.Entity<DataProtectionKey>(key =>
        {
            key.Property(k => k.FriendlyName).HasMaxLength(100);
            key.HasIndex(k => k.FriendlyName).IsUnique();
        });
        return model;
    }
}
