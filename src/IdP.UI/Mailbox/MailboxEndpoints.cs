using IdP.Data;
using IdP.Mail;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.UI.Mailbox;

/// <summary>The mails of a development server, which sends none. Only with <c>Mail:Mailbox</c>, which only an issuer on localhost can have.</summary>
internal static class MailboxEndpoints
{
    private const int Shown = 100;

    public static void MapMailbox(this IEndpointRouteBuilder endpoints)
    {
        if (endpoints.ServiceProvider.GetRequiredService<IOptions<MailOptions>>().Value.Mailbox)
            endpoints.MapGet("/dev/mailbox", async (IdpDbContext db, MailQueue mail, CancellationToken ct) => Page.Of<MailboxPage>(new { Mails = await ReadAsync(db, mail, ct) }));
    }

    private static async Task<IReadOnlyList<KeptMail>> ReadAsync(IdpDbContext db, MailQueue queue, CancellationToken ct)
    {
        var rows = await db.OutgoingMails.AsNoTracking().Where(m => m.ProtectedContent != null).OrderByDescending(m => m.CreatedAt).Take(Shown).ToListAsync(ct);
        return [.. rows.Select(queue.Read).OfType<KeptMail>()];
    }
}
