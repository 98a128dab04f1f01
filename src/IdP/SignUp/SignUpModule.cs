using IdP.Mail;
using IdP.Protocol.Authorize;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.SignUp;

public static class SignUpModule
{
    public static IServiceCollection AddSignUp(this IServiceCollection services)
    {
        services.AddOptions<SignUpOptions>().BindConfiguration("SignUp").ValidateDataAnnotations()
            .Validate<IOptions<MailOptions>>((signUp, mail) => !signUp.Enabled || mail.Value.IsOn, "SignUp:Enabled needs mail: set Mail:Host.").ValidateOnStart();
        services.AddOptions<PromptOptions>().Configure<IOptions<SignUpOptions>>((prompts, signUp) => prompts.Create = signUp.Value.Enabled);
        return services
            .AddScoped<IMailRequestHandler, SignUpMail>()
            .AddScoped<RequestSignUp>()
            .AddScoped<FinishSignUp>()
            .AddScoped<InviteUser>()
            .AddScoped<RevokeInvitation>()
            .AddScoped<ConfirmEmail>();
    }
}
