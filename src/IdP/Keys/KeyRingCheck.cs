using System.Security.Cryptography;
using System.Xml.Linq;
using IdP.Data;
using IdP.Hosting;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Keys;

/// <summary>
/// Whether the configured secret opens what is in the database. Data protection itself would pass over what it cannot read and add a key under
/// the wrong secret, so this comes before its first use.
/// </summary>
public sealed class KeyRingCheck(IdpDbContext db, IServiceProvider services)
{
    public async Task RunAsync(CancellationToken ct)
    {
        var decryptor = new KeyRingDecryptor(services);
        foreach (var xml in await db.DataProtectionKeys.AsNoTracking().Select(k => k.Xml!).ToListAsync(ct))
        {
            try
            {
                foreach (var encrypted in XElement.Parse(xml).Descendants(KeyRingCipher.Element))
                    decryptor.Decrypt(encrypted);
            }
            catch (CryptographicException exception)
            {
                throw new StartupException("KeyProtection:Secret is not the secret the keys in this database were stored with: set that one (every node needs the same).", exception);
            }
        }
    }

    /// <summary>The same, and the first key is made when there is none. Inside of a transaction it could not be: it is written by a connection of its own, which on SQLite waits for the transaction.</summary>
    public async Task PrepareAsync(CancellationToken ct)
    {
        await RunAsync(ct);
        _ = services.GetRequiredService<IDataProtectionProvider>().CreateProtector("IdP.FirstUse").Protect([]);
    }
}
