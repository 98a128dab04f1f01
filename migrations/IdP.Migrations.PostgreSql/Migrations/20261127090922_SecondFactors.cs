using System;
using System.Collections.Generic;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace IdP.Migrations.PostgreSql.Migrations
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
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "FactorLockedUntil",
                table: "Users",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "Aaguid",
                table: "UserPasskeys",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "LastUsedAt",
                table: "UserPasskeys",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "StepUpAskedAt",
                table: "Sessions",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "FactorFailedCount",
                table: "KnownDevices",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "FactorLockedUntil",
                table: "KnownDevices",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "FactorShownAt",
                table: "KnownDevices",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "RememberedUntil",
                table: "KnownDevices",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "UserAgent",
                table: "KnownDevices",
                type: "character varying(300)",
                maxLength: 300,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "LastStep",
                table: "Credentials",
                type: "bigint",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "PendingLogins",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    HandleHash = table.Column<string>(type: "character varying(43)", maxLength: 43, nullable: false),
                    BrowserHash = table.Column<string>(type: "character varying(43)", maxLength: 43, nullable: false),
                    UserId = table.Column<Guid>(type: "uuid", nullable: false),
                    SecurityStamp = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    ClientId = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    Methods = table.Column<List<string>>(type: "text[]", nullable: false),
                    AcrValues = table.Column<List<string>>(type: "text[]", nullable: false),
                    IdentityProvider = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    DeviceId = table.Column<Guid>(type: "uuid", nullable: true),
                    CountedDeviceId = table.Column<Guid>(type: "uuid", nullable: true),
                    SessionId = table.Column<Guid>(type: "uuid", nullable: true),
                    ReturnUrl = table.Column<string>(type: "text", nullable: false),
                    CreatedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ExpiresAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    CompletedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
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
