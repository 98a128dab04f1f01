using System.Security.Cryptography;
using System.Xml.Linq;
using IdP.Data;
using IdP.Hosting;
using Microsoft.EntityFrameworkCore;

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
}
