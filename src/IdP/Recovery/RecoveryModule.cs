using IdP.Mail;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Recovery;

public static class RecoveryModule
{
    public static IServiceCollection AddRecovery(this IServiceCollection services) => services
        .AddScoped<AskForMail>()
        .AddScoped<IMailRequestHandler, ForgottenPassword>()
        .AddScoped<ResetForgottenPassword>();
}
