using IdP.Data;
using IdP.Mail;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Erasures;

/// <summary>Mails on their way to somebody. Who gets them is encrypted with the rest, so all that wait are looked at; those that are gone are empty.</summary>
public sealed class MailsOfPerson(MailQueue mails, MailRequests requests, ILookupNormalizer normalizer)
{
    internal async Task<int> DeleteAsync(IdpDbContext db, ErasedPerson person, CancellationToken ct)
    {
        if (person.NormalizedEmail is null) return 0;
        List<Guid> theirs = [];
        var after = Guid.Empty;
        List<OutgoingMail> some;
        do
        {
            some = await db.OutgoingMails.AsNoTracking().Where(m => (m.ProtectedContent != null || m.LastError != null) && m.Id.CompareTo(after) > 0).OrderBy(m => m.Id).Take(PersonalTable.BatchSize).ToListAsync(ct);
            theirs.AddRange(some.Where(mail => IsTo(mail, person.NormalizedEmail)).Select(mail => mail.Id));
            if (some.Count > 0) after = some[^1].Id;
        }
        while (some.Count == PersonalTable.BatchSize);
        return theirs.Count == 0 ? 0 : await db.OutgoingMails.Where(m => theirs.Contains(m.Id)).ExecuteDeleteAsync(ct);
    }

    /// <summary>What a mail server says about an address usually names it.</summary>
    private bool IsTo(OutgoingMail mail, string address) =>
        (mail.ProtectedContent is not null && normalizer.NormalizeEmail(mails.Open(mail.ProtectedContent).To) == address) || mail.LastError?.Contains(address, StringComparison.OrdinalIgnoreCase) is true;

    internal async Task<int> DeleteRequestsAsync(IdpDbContext db, ErasedPerson person, CancellationToken ct)
    {
        List<Guid> theirs = [];
        foreach (var request in await db.MailRequests.AsNoTracking().ToListAsync(ct)) // they live for minutes
            if (normalizer.NormalizeName(requests.Read(request).Name) is var name && (name == person.NormalizedUserName || name == person.NormalizedEmail)) theirs.Add(request.Id);
        return theirs.Count == 0 ? 0 : await db.MailRequests.Where(r => theirs.Contains(r.Id)).ExecuteDeleteAsync(ct);
    }
}
