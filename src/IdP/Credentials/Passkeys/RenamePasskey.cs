using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Sessions;
using Microsoft.EntityFrameworkCore;

namespace IdP.Credentials.Passkeys;

/// <summary>A person calls one of their passkeys by another name.</summary>
public sealed class RenamePasskey(IdpDbContext db, AuditLog audit)
{
    public async Task<Outcome<bool>> ExecuteAsync(SignedInPerson person, byte[] credentialId, string name, CancellationToken ct)
    {
        List<Failure> failures = [];
        TextRules.Check(failures, name, 100, "name");
        if (string.IsNullOrWhiteSpace(name)) failures.Add(Failure.Invalid("name_required", "Give it a name.", "name"));
        if (Failure.Several(failures) is { } invalid) return invalid;
        if (await db.UserPasskeys.FirstOrDefaultAsync(p => p.CredentialId == credentialId && p.UserId == person.UserId, ct) is not { } passkey) return Failure.NotFound("passkey");

        passkey.Data.Name = name.Trim();
        audit.Record("user.passkey_renamed", "user", person.UserId.ToString());
        await db.SaveChangesAsync(ct);
        return true;
    }
}
