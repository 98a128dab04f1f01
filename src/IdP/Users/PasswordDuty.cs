using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

/// <summary>Whether a person must choose a new password before anything else. Of whom a token of this request is about it was read with the token, in the same statement.</summary>
internal sealed class PasswordDuty(IdpDbContext db)
{
    private (Guid UserId, bool Must)? _read;

    public void Note(Guid userId, bool must) => _read = (userId, must);

    public async ValueTask<bool> IsOnAsync(Guid userId, CancellationToken ct) =>
        _read is { } read && read.UserId == userId ? read.Must : await db.Users.Where(u => u.Id == userId).Select(u => u.MustChangePassword).FirstOrDefaultAsync(ct);
}
