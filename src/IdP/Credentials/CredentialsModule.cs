using IdP.Credentials.AuthenticatorApps;
using IdP.Credentials.Passkeys;
using IdP.Credentials.RecoveryCodes;
using IdP.Protocol;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.Credentials;

public static class CredentialsModule
{
    public static IServiceCollection AddCredentials(this IServiceCollection services)
    {
        services.AddOptions<PasskeyOptions>().BindConfiguration("Passkeys").ValidateDataAnnotations()
            .Validate<IConfiguration>((own, configuration) => !AbsoluteUri.TryParse(configuration["Issuer"], out var issuer) || own.Covers(issuer), "Passkeys:RelyingPartyId must be the host of Issuer, or a domain that it belongs to.").ValidateOnStart();
        services.AddSingleton<IValidateOptions<PasskeyOptions>, AttestationTrust.Check>();
        services.AddSingleton<AttestationTrust>();
        services.AddOptions<IdentityPasskeyOptions>().Configure<IConfiguration, IOptions<PasskeyOptions>>((framework, configuration, own) =>
        {
            // Never from the Host header: whoever asks would choose the domain that passkeys are for.
            var issuer = new Uri(configuration["Issuer"]!, UriKind.Absolute); // checked at start
            framework.ServerDomain = own.Value.RelyingPartyFor(issuer);
            framework.ValidateOrigin = answer => new(!answer.CrossOrigin && answer.Origin == issuer.GetLeftPart(UriPartial.Authority));
            framework.AuthenticatorTimeout = own.Value.Timeout;
            framework.UserVerificationRequirement = "required";
            framework.ResidentKeyRequirement = "required";
            framework.AttestationConveyancePreference = own.Value.Attestation;
        });
        return services
            .AddScoped<IPasskeyHandler<User>, PasskeyHandler<User>>()
            .AddScoped<PasskeyCeremonies>()
            .AddScoped<PasskeyProof>()
            .AddScoped<AddPasskey>()
            .AddScoped<RenamePasskey>()
            .AddScoped<AuthenticatorApps.AuthenticatorApps>()
            .AddScoped<AddAuthenticatorApp>()
            .AddScoped<IssueRecoveryCodes>()
            .AddScoped<FactorChanges>()
            .AddScoped<RemoveFactor>()
            .AddScoped<ResetFactors>();
    }
}
