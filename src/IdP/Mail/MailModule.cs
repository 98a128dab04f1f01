using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.Mail;

public static class MailModule
{
    public static IServiceCollection AddMail(this IServiceCollection services)
    {
        services.AddOptions<MailOptions>().BindConfiguration("Mail").ValidateDataAnnotations()
            .Validate<IConfiguration>((mail, configuration) => mail.MailboxFits(configuration["Issuer"]), "Mail:Mailbox lets everybody read mails: it is for development, with an Issuer on localhost.")
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<MailOptions>, MailFiles>();
        services.AddSingleton<MailTemplates>();
        services.AddSingleton<MailBell>();
        services.AddSingleton<SmtpWay>();
        services.AddScoped<MailQueue>();
        services.AddScoped<MailRequests>();
        services.AddHostedService<MailSender>();
        return services;
    }

    /// <summary>The files that the section names.</summary>
    private sealed class MailFiles : IValidateOptions<MailOptions>
    {
        public ValidateOptionsResult Validate(string? name, MailOptions options) =>
            (SmtpWay.Check(options) ?? MailTemplates.Check(options.Templates)) is { } wrong ? ValidateOptionsResult.Fail(wrong) : ValidateOptionsResult.Success;
    }
}
