# Build
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/IdP.Server/IdP.Server.csproj -c Release -o /app -p:RestoreLockedMode=true

# Run, as the unprivileged user of the base image
FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
USER $APP_UID
ENV ASPNETCORE_ENVIRONMENT=Production ASPNETCORE_URLS=http://+:8080
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=6s --start-period=20s CMD ["dotnet", "IdP.Server.dll", "healthcheck"]
ENTRYPOINT ["dotnet", "IdP.Server.dll"]
