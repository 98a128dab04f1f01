using IdP.Mail;
using IdP.Recovery.Passes;
using IdP.Recovery.Rescue;
using IdP.Recovery.Supervised;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.Recovery;

public static class RecoveryModule
{
    public static IServiceCollection AddRecovery(this IServiceCollection services)
    {
        services.AddOptions<RecoveryOptions>().BindConfiguration("Recovery").ValidateDataAnnotations()
            .Validate<IOptions<MailOptions>>((recovery, mail) => !recovery.Supervised || mail.Value.IsOn, "Recovery:Supervised needs mail: set Mail:Host.").ValidateOnStart();
        return services
            .AddScoped<AskForMail>()
            .AddScoped<IMailRequestHandler, ForgottenPassword>()
            .AddScoped<ResetForgottenPassword>()
            .AddScoped<EndRescues>()
            .AddScoped<TemporaryPasses>()
            .AddScoped<IssueTemporaryPass>()
            .AddScoped<RevokeTemporaryPass>()
            .AddScoped<RescueSteps>()
            .AddScoped<RescueFactor>()
            .AddScoped<FinishRescue>()
            .AddSingleton<RecoveryNames>()
            .AddScoped<AskForRecovery>()
            .AddScoped<IMailRequestHandler, RecoveryNotice>()
            .AddScoped<WaitingRecovery>()
            .AddScoped<DecideRecovery>()
            .AddScoped<StopRecovery>();
    }
}
