using IdP.Mail;
using IdP.Protocol.Authorize;
using IdP.Protocol.Token;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.SignIn;

public static class SignInModule
{
    public static IServiceCollection AddSignIn(this IServiceCollection services)
    {
        services.AddOptions<LockoutOptions>().BindConfiguration("Lockout").ValidateDataAnnotations()
            .Validate(lockout => lockout.Window >= TimeSpan.FromSeconds(1) && lockout.Window <= TimeSpan.FromDays(1), "Lockout:Window must be between 1 second and 1 day.")
            .Validate(lockout => lockout.SourceWindow >= TimeSpan.FromSeconds(1) && lockout.SourceWindow <= TimeSpan.FromDays(1), "Lockout:SourceWindow must be between 1 second and 1 day.")
            .Validate(lockout => lockout.OrganizationBudget == 0 || lockout.OrganizationBudget >= LockoutOptions.NetworksToFill * lockout.MaxFailures,
                "Lockout:MaxFailuresPerOrganization must be 0 or at least ten times Lockout:MaxFailures: a network has a tenth of it, which one person must not use up.").ValidateOnStart();
        services.AddSingleton<GuessLimits>();
        services.AddSingleton<SignInRefusals>();
        services.AddScoped<FailureCounters>();
        services.AddSingleton<OrganizationsOfNames>();
        services.AddSingleton<OrganizationAlarms>();
        services.AddScoped<OrganizationBudget>();
        services.AddScoped<FactorCounters>();
        services.AddScoped<PendingLogins>();
        services.AddScoped<CompleteSignIn>();
        services.AddScoped<PasswordSignIn>();
        services.AddScoped<PasskeySignIn>();
        services.AddScoped<FactorProofs>();
        services.AddScoped<MailFactor>();
        services.AddScoped<FactorSignIn>();
        services.AddScoped<MailSignIn>();
        services.AddScoped<IMailRequestHandler, MailSignInMail>();
        services.AddOptions<SignInOptions>().BindConfiguration("SignIn")
            .Validate<IOptions<MailOptions>>((signIn, mail) => !signIn.ByMail || mail.Value.IsOn, "SignIn:ByMail needs mail: set Mail:Host.")
            .Validate<IOptions<MailOptions>>((signIn, mail) => !signIn.MailAsSecondFactor || mail.Value.IsOn, "SignIn:MailAsSecondFactor needs mail: set Mail:Host.").ValidateOnStart();
        services.AddScoped<EnrolAtSignIn>();
        services.AddScoped<StepUp>();
        services.AddScoped<ForgetBrowser>();
        services.AddSingleton<PasswordGrantNotices>();
        services.AddScoped<IPasswordAuthentication, PasswordAuthentication>();
        services.AddScoped<IInteractionPolicy, InteractionPolicy>();
        services.AddSingleton<ProtocolEvents>();
        services.AddSingleton<IProtocolEvents>(provider => provider.GetRequiredService<ProtocolEvents>());
        services.AddHostedService(provider => provider.GetRequiredService<ProtocolEvents>());
        return services;
    }
}
