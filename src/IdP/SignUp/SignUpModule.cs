using IdP.Mail;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.SignUp;

public static class SignUpModule
{
    public static IServiceCollection AddSignUp(this IServiceCollection services)
    {
        services.AddOptions<SignUpOptions>().BindConfiguration("SignUp").ValidateDataAnnotations()
            .Validate<IOptions<MailOptions>>((signUp, mail) => !signUp.Enabled || mail.Value.IsOn, "SignUp:Enabled needs mail: set Mail:Host.").ValidateOnStart();
        return services
            .AddScoped<IMailRequestHandler, SignUpMail>()
            .AddScoped<RequestSignUp>()
            .AddScoped<FinishSignUp>()
            .AddScoped<InviteUser>()
            .AddScoped<RevokeInvitation>()
            .AddScoped<ConfirmEmail>();
    }
}
