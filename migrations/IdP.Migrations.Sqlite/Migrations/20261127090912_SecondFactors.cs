using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace IdP.Migrations.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class SecondFactors : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "FactorFailedCount",
                table: "Users",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "FactorLockedUntil",
                table: "Users",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "Aaguid",
                table: "UserPasskeys",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "LastUsedAt",
                table: "UserPasskeys",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "StepUpAskedAt",
                table: "Sessions",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "FactorFailedCount",
                table: "KnownDevices",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "FactorLockedUntil",
                table: "KnownDevices",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "FactorShownAt",
                table: "KnownDevices",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "RememberedUntil",
                table: "KnownDevices",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "UserAgent",
                table: "KnownDevices",
                type: "TEXT",
                maxLength: 300,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "LastStep",
                table: "Credentials",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "PendingLogins",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "TEXT", nullable: false),
                    HandleHash = table.Column<string>(type: "TEXT", maxLength: 43, nullable: false),
                    BrowserHash = table.Column<string>(type: "TEXT", maxLength: 43, nullable: false),
                    UserId = table.Column<Guid>(type: "TEXT", nullable: false),
                    SecurityStamp = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    ClientId = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true),
                    Methods = table.Column<string>(type: "TEXT", nullable: false),
                    AcrValues = table.Column<string>(type: "TEXT", nullable: false),
                    IdentityProvider = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    DeviceId = table.Column<Guid>(type: "TEXT", nullable: true),
                    CountedDeviceId = table.Column<Guid>(type: "TEXT", nullable: true),
                    SessionId = table.Column<Guid>(type: "TEXT", nullable: true),
                    ReturnUrl = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedAt = table.Column<string>(type: "TEXT", nullable: false),
                    ExpiresAt = table.Column<string>(type: "TEXT", nullable: false),
                    CompletedAt = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_PendingLogins", x => x.Id);
                    table.ForeignKey(
                        name: "FK_PendingLogins_Users_UserId",
                        column: x => x.UserId,
                        principalTable: "Users",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_PendingLogins_ExpiresAt",
                table: "PendingLogins",
                column: "ExpiresAt");

            migrationBuilder.CreateIndex(
                name: "IX_PendingLogins_HandleHash",
                table: "PendingLogins",
                column: "HandleHash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_PendingLogins_UserId",
                table: "PendingLogins",
                column: "UserId");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "PendingLogins");

            migrationBuilder.DropColumn(
                name: "FactorFailedCount",
                table: "Users");

            migrationBuilder.DropColumn(
                name: "FactorLockedUntil",
                table: "Users");

            migrationBuilder.DropColumn(
                name: "Aaguid",
                table: "UserPasskeys");

            migrationBuilder.DropColumn(
                name: "LastUsedAt",
                table: "UserPasskeys");

            migrationBuilder.DropColumn(
                name: "StepUpAskedAt",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "FactorFailedCount",
                table: "KnownDevices");

            migrationBuilder.DropColumn(
                name: "FactorLockedUntil",
                table: "KnownDevices");

            migrationBuilder.DropColumn(
                name: "FactorShownAt",
                table: "KnownDevices");

            migrationBuilder.DropColumn(
                name: "RememberedUntil",
                table: "KnownDevices");

            migrationBuilder.DropColumn(
                name: "UserAgent",
                table: "KnownDevices");

            migrationBuilder.DropColumn(
                name: "LastStep",
                table: "Credentials");
        }
    }
}
