using Microsoft.EntityFrameworkCore;

namespace IdP.PersonalData;

/// <summary>
/// The random key under which the personal values of one person's audit entries and decisions are stored. Whoever deletes this row has erased them, here and in every copy that is kept without this
/// table (docs/personal-data.md).
/// </summary>
public sealed class PersonKey
{
    /// <summary>The person, or an invitation to somebody who is none yet.</summary>
    public Guid Id { get; set; }

    /// <summary>The key, encrypted with the provider's key ring.</summary>
    public required string ProtectedKey { get; set; }

    /// <summary>A keyed digest of the address that an invitation went to, so that the key is found when the person who has it is erased. Null for people.</summary>
    public string? AddressDigest { get; set; }
}

internal static class PersonKeyMapping
{
    public static void AddPersonKeys(this ModelBuilder model) => model.Entity<PersonKey>(key =>
    {
        key.ToTable("PersonKeys");
        key.Property(k => k.Id).ValueGeneratedNever();
        key.Property(k => k.AddressDigest).HasMaxLength(43);
        key.HasIndex(k => k.AddressDigest).HasFilter("\"AddressDigest\" IS NOT NULL");
    });
}
