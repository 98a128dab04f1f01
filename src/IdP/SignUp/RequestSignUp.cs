using IdP.Access;
using IdP.Mail;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace IdP.SignUp;

/// <summary>Takes the wish of somebody for an account. It does the same and answers the same whether there is one.</summary>
public sealed class RequestSignUp(MailRequests requests, GuessLimits limits, IOptions<SignUpOptions> options)
{
    public async Task<Outcome<bool>> ExecuteAsync(string address, string language, string returnUrl, HttpContext http, CancellationToken ct)
    {
        if (!options.Value.Enabled) return Failure.NotFound("page");
        if (!UserRules.IsEmail(address)) return Failure.Invalid("bad_email", "This is no e-mail address.", "email");
        if (!options.Value.Admits(address)) return Failure.Invalid("domain_not_allowed", $"Accounts are made here for addresses of {string.Join(", ", options.Value.AllowedDomains)}.", "email") with { Arguments = [string.Join(", ", options.Value.AllowedDomains)] };
        if (limits.TryTakeMail(http.Connection.RemoteIpAddress) is { } wait) return Failure.Busy(wait);
        requests.Add(SignUpMail.RequestKind, address, language, returnUrl, devices: []);
        await requests.SaveAsync(ct);
        return true;
    }
}
